import { useQuery } from '@tanstack/react-query'
import type { Concert } from '@/api/concerts'
import { concertBookingsQuery } from '@/api/managing'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { Pager } from '@/kit/pager'
import { Skeleton } from '@/kit/skeleton'
import { Trouble } from '@/kit/trouble'
import styles from './bookings-page.module.css'
import { BookingsTable } from './bookings-table'
import { dashboardMessages } from './messages'

type Props = { concert: Concert; cursor: string | undefined; onFirst: () => void }

/** All bookings, newest first. */
export function PagedBookings({ concert, cursor, onFirst }: Props) {
  const text = useMessages(dashboardMessages).bookings
  const { data, error, refetch, isPlaceholderData } = useQuery(concertBookingsQuery(concert.id, cursor))
  if (!data) {
    const outdated = isProblem(error, 'invalid_cursor')
    const retry = outdated ? onFirst : () => void refetch()
    return error ? <Trouble error={error} retry={retry} /> : <Skeleton lines={10} />
  }
  if (data.items.length === 0) {
    return (
      <div className={styles.none} role="status">
        <h2>{text.none.title}</h2>
        <p>{text.none.text}</p>
      </div>
    )
  }
  return (
    <>
      <BookingsTable bookings={data.items} timeZone={concert.time_zone} isStale={isPlaceholderData} />
      <Pager
        cursor={cursor}
        next={data.next_cursor}
        to={(page) => (page === undefined ? '?' : `?${new URLSearchParams({ cursor: page })}`)}
      />
    </>
  )
}
