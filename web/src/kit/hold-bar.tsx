import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'react-router'
import { recentBookingsQuery } from '@/api/bookings'
import { useUser } from '@/api/use-session'
import { useMessages } from '@/i18n/messages'
import { Countdown } from './countdown'
import styles from './hold-bar.module.css'
import { kitMessages } from './messages'

/** On every page but those about it: seats that are kept for somebody, and for how long. */
export function HoldBar() {
  const text = useMessages(kitMessages).hold
  const user = useUser()
  const queries = useQueryClient()
  const { pathname } = useLocation()
  const { data } = useQuery({ ...recentBookingsQuery, enabled: user !== undefined })
  const pending = data?.items.filter(({ status }) => status === 'pending') ?? []
  const first = pending.reduce(
    (a, b) => (b.expires_at && a?.expires_at && a.expires_at < b.expires_at ? a : b),
    pending[0],
  )
  if (!user || !first?.expires_at || pathname === '/basket' || pathname.startsWith('/checkout')) return null

  const seats = pending.reduce((sum, { tickets }) => sum + tickets.length, 0)
  const expired = () => void queries.invalidateQueries({ queryKey: ['bookings'] })
  return (
    <aside className={styles.bar} aria-label={text.label}>
      <Link to={pending.length === 1 ? `/checkout/${first.id}` : '/basket'}>
        {text.kept(seats)} <strong>{<Countdown until={first.expires_at} onEnd={expired} />}</strong>
        <span className={styles.go}>{text.toBasket}</span>
      </Link>
    </aside>
  )
}
