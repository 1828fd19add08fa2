import { useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import type { Booking } from '@/api/bookings'
import { concertBookingsQuery } from '@/api/managing'
import { isProblem } from '@/api/problem'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Badge } from '@/kit/badge'
import { usePageTitle } from '@/kit/page-title'
import { Pager } from '@/kit/pager'
import { Skeleton } from '@/kit/skeleton'
import { TableFrame } from '@/kit/table-frame'
import { Trouble } from '@/kit/trouble'
import { BOOKING_TONES } from './booking-tones'
import styles from './bookings-page.module.css'
import { useFramedConcert } from './concert-frame'
import { dashboardMessages } from './messages'

/** So many seats are named in a row of the table. */
const SEATS_SHOWN = 4

export function BookingsPage() {
  const concert = useFramedConcert()
  const text = useMessages(dashboardMessages).bookings
  const [parameters, setParameters] = useSearchParams()
  const cursor = parameters.get('cursor') ?? undefined
  const { data, error, refetch, isPlaceholderData } = useQuery(concertBookingsQuery(concert.id, cursor))
  usePageTitle(`${text.title} · ${concert.name}`)
  const outdated = isProblem(error, 'invalid_cursor')
  return (
    <>
      {error && !data && (
        <Trouble error={error} retry={outdated ? () => setParameters({}) : () => void refetch()} />
      )}
      {!data && !error && <Skeleton lines={10} />}
      {data?.items.length === 0 && (
        <div className={styles.none} role="status">
          <h2>{text.none.title}</h2>
          <p>{text.none.text}</p>
        </div>
      )}
      {data && data.items.length > 0 && (
        <BookingsTable bookings={data.items} timeZone={concert.time_zone} isStale={isPlaceholderData} />
      )}
      {data && (
        <Pager
          cursor={cursor}
          next={data.next_cursor}
          to={(page) => (page === undefined ? '?' : `?${new URLSearchParams({ cursor: page })}`)}
        />
      )}
    </>
  )
}

type TableProps = { bookings: Booking[]; timeZone: string; isStale: boolean }

function BookingsTable({ bookings, timeZone, isStale }: TableProps) {
  const text = useMessages(dashboardMessages).bookings
  const formats = useFormats()
  return (
    <TableFrame label={text.title} isStale={isStale}>
      <thead>
        <tr>
          <th scope="col">{text.columns.reference}</th>
          <th scope="col">{text.columns.placed}</th>
          <th scope="col">{text.columns.status}</th>
          <th scope="col">{text.columns.customer}</th>
          <th scope="col">{text.columns.seats}</th>
          <th scope="col" data-number>
            {text.columns.total}
          </th>
        </tr>
      </thead>
      <tbody>
        {bookings.map((booking) => {
          const seats = booking.tickets.slice(0, SEATS_SHOWN).map(({ seat }) => seat)
          const more = booking.tickets.length - seats.length
          return (
            <tr key={booking.id}>
              <th scope="row">
                <Link to={booking.id} className={styles.reference}>
                  {booking.reference}
                </Link>
              </th>
              <td className={styles.placed}>{formats.dayAndTime(booking.created_at, timeZone)}</td>
              <td>
                <Badge tone={BOOKING_TONES[booking.status]}>
                  {booking.cancel_reason
                    ? text.reasons[booking.cancel_reason]
                    : text.statuses[booking.status]}
                </Badge>
              </td>
              <td>{booking.customer?.name ?? <span className={styles.soft}>{text.account}</span>}</td>
              <td>
                {seats.join(', ')}
                {more > 0 && <span className={styles.soft}> {text.moreSeats(more)}</span>}
              </td>
              <td data-number>{formats.money(booking.total, booking.currency)}</td>
            </tr>
          )
        })}
      </tbody>
    </TableFrame>
  )
}
