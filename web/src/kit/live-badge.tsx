import type { LiveState } from '@/api/live'
import { useMessages } from '@/i18n/messages'
import styles from './live-badge.module.css'
import { kitMessages } from './messages'

/** Whether the numbers beside it are live. */
export function LiveBadge({ state }: { state: LiveState }) {
  const { connection } = useMessages(kitMessages)
  return (
    <span className={styles.badge} data-state={state} role="status">
      {state === 'live' && connection.live}
      {state === 'lost' && connection.lost}
    </span>
  )
}
