import { Button } from '@mantine/core'
import { useMessages } from '@/i18n/messages'
import styles from './error-message.module.css'
import { kitMessages } from './messages'
import { problemText } from './problem-text'

type Props = { error: unknown; retry?: (() => void) | undefined }

/** An error, shown in place of the content. */
export function ErrorMessage({ error, retry }: Props) {
  const text = useMessages(kitMessages)
  return (
    <div className={styles.error} role="alert">
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
