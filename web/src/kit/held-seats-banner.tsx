import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'react-router'
import { type Booking, recentBookingsQuery } from '@/api/bookings'
import { useUser } from '@/api/use-session'
import { useMessages } from '@/i18n/messages'
import { Countdown } from './countdown'
import styles from './held-seats-banner.module.css'
import { kitMessages } from './messages'

/** Shows held, unpaid seats and the time that is left, on all pages except basket and checkout. */
export function HeldSeatsBanner() {
  const text = useMessages(kitMessages).hold
  const user = useUser()
  const queryClient = useQueryClient()
  const { pathname } = useLocation()
  const { data } = useQuery({ ...recentBookingsQuery, enabled: user !== undefined })
  const open = data?.items.filter(({ status }) => status === 'pending') ?? []
  // A booking whose payment is pending does not count down.
  const deciding = open.filter(({ payment_id }) => payment_id)
  const pending = open.filter(({ payment_id }) => !payment_id)
  const first = pending.reduce(
    (a, b) => (b.expires_at && a?.expires_at && a.expires_at < b.expires_at ? a : b),
    pending[0],
  )
  if (!user || pathname === '/basket' || pathname.startsWith('/checkout')) return null

  const seatsOf = (bookings: Booking[]) => bookings.reduce((sum, { tickets }) => sum + tickets.length, 0)
  const [paid] = deciding
  if (!first?.expires_at) {
    return paid ? (
      <aside className={styles.bar} aria-label={text.label}>
        <Link to={deciding.length === 1 ? `/checkout/${paid.id}` : '/basket'}>
          {text.deciding(seatsOf(deciding))}
          <span className={styles.go}>{text.toPayment}</span>
        </Link>
      </aside>
    ) : null
  }
  const expired = () => void queryClient.invalidateQueries({ queryKey: ['bookings'] })
  return (
    <aside className={styles.bar} aria-label={text.label}>
      <Link to={open.length === 1 ? `/checkout/${first.id}` : '/basket'}>
        {text.kept(seatsOf(pending))}{' '}
        <strong>
          <Countdown kind="end" until={first.expires_at} onEnd={expired} />
        </strong>
        <span className={styles.go}>{text.toBasket}</span>
      </Link>
    </aside>
  )
}
