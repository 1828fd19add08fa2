import { Button } from '@mantine/core'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import { problemText } from './problem-text'
import styles from './trouble.module.css'

type Props = { error: unknown; retry?: (() => void) | undefined }

/** Something could not be shown or done, in the place where it would have been. */
export function Trouble({ error, retry }: Props) {
  const text = useMessages(kitMessages)
  return (
    <div className={styles.trouble} role="alert">
      <p className={styles.title}>{text.failed}</p>
      <p>{problemText(error)}</p>
      {retry && (
        <Button variant="default" onClick={retry}>
          {text.tryAgain}
        </Button>
      )}
    </div>
  )
}
