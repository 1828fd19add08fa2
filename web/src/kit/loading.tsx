import { Loader } from '@mantine/core'
import { useMessages } from '@/i18n/messages'
import styles from './loading.module.css'
import { kitMessages } from './messages'

/** Appears after a moment only: what is there at once needs no announcement. */
export function Loading() {
  const { loading } = useMessages(kitMessages)
  return (
    <div className={styles.loading} role="status">
      <Loader type="dots" aria-hidden />
      <span className={styles.words}>{loading}</span>
    </div>
  )
}
