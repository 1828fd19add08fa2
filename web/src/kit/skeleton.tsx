import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import styles from './skeleton.module.css'

type Props = { lines?: number; height?: string }

const LINES = 5

/** Stands where a list or a picture is about to be, so that nothing jumps when it comes. */
export function Skeleton({ lines = LINES, height = '2.75rem' }: Props) {
  const { loading } = useMessages(kitMessages)
  return (
    <div className={styles.skeleton} role="status">
      <span className={styles.words}>{loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <div key={line} className={styles.line} style={{ height }} aria-hidden />
      ))}
    </div>
  )
}
