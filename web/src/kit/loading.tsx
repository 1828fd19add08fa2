import { Loader } from '@mantine/core'
import { useMessages } from '@/i18n/messages'
import styles from './loading.module.css'
import { kitMessages } from './messages'

/** Appears after a short delay, so that fast pages show no spinner. */
export function Loading() {
  const { loading } = useMessages(kitMessages)
  return (
    <div className={styles.loading} role="status">
      <Loader type="dots" aria-hidden />
      <span className={styles.words}>{loading}</span>
    </div>
  )
}
