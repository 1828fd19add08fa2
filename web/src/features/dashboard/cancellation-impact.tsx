import { useQuery } from '@tanstack/react-query'
import { salesQuery } from '@/api/reports'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import styles from './cancellation-impact.module.css'
import { dashboardMessages } from './messages'

/** The bookings, tickets and refunds that a cancellation would affect. */
export function CancellationImpact({ concertId }: { concertId: string }) {
  const text = useMessages(dashboardMessages).removing
  const formats = useFormats()
  const { data, error } = useQuery({ ...salesQuery(concertId, 'day'), staleTime: 0 })
  if (!data) return <p role="status">{error ? text.unknown : text.counting}</p>
  const { confirmed, pending } = data.bookings
  if (confirmed + pending === 0) return <p>{text.noBookings}</p>
  return (
    <ul className={styles.consequences}>
      <li>{text.bookings(confirmed, pending)}</li>
      <li>{text.tickets(data.tickets.sold + data.tickets.held)}</li>
      <li>
        <strong>{text.money(formats.money(data.net, data.currency))}</strong>
      </li>
    </ul>
  )
}
