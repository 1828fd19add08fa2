import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import styles from './skeleton.module.css'

type Props = { lines?: number; height?: string }

const LINES = 5

/** A placeholder that avoids layout shifts while content loads. */
export function Skeleton({ lines = LINES, height = '2.75rem' }: Props) {
  const { loading } = useMessages(kitMessages)
  return (
    <div className={styles.skeleton} role="status">
      <span className={styles.words}>{loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all lines are equal.
        <div key={line} className={styles.line} style={{ height }} aria-hidden />
      ))}
    </div>
  )
}
