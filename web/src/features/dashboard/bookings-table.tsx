import { Link } from 'react-router'
import type { Booking } from '@/api/bookings'
import type { Concert } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Badge } from '@/kit/badge'
import { TableFrame } from '@/kit/table-frame'
import { useTicketName } from '@/kit/ticket-name'
import { BOOKING_TONES } from './booking-tones'
import styles from './bookings-page.module.css'
import { dashboardMessages } from './messages'

/** The seats that a table row names. */
const SEATS_SHOWN = 4

type Props = { bookings: Booking[]; concert: Concert; isStale: boolean }

export function BookingsTable({ bookings, concert, isStale }: Props) {
  const text = useMessages(dashboardMessages).bookings
  const formats = useFormats()
  const ticketName = useTicketName(concert)
  const total = formats.priceFormatter(
    bookings.map((booking) => booking.total),
    concert.currency,
  )
  return (
    <TableFrame label={text.title} isStale={isStale} hasCards>
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
          const seats = booking.tickets
            .slice(0, SEATS_SHOWN)
            .map(({ seat, section }) => ticketName(seat, section))
          const customer = booking.customer?.name ?? booking.username ?? undefined
          const more = booking.tickets.length - seats.length
          return (
            <tr key={booking.id}>
              <th scope="row">
                <Link to={booking.id} className={styles.reference}>
                  {booking.reference}
                </Link>
              </th>
              <td className={styles.placed} data-label={text.columns.placed}>
                {formats.dayAndTime(booking.created_at, concert.time_zone)}
              </td>
              <td data-label={text.columns.status}>
                <Badge tone={BOOKING_TONES[booking.status]}>
                  {booking.cancel_reason
                    ? text.reasons[booking.cancel_reason]
                    : text.statuses[booking.status]}
                </Badge>
              </td>
              <td data-label={text.columns.customer}>
                {customer === undefined ? (
                  <span className={styles.soft}>{text.guest}</span>
                ) : (
                  <bdi>{customer}</bdi>
                )}
              </td>
              <td className={styles.seats} data-label={text.columns.seats}>
                <span>
                  {seats.join(', ')}
                  {more > 0 && <span className={styles.soft}> {text.moreSeats(more)}</span>}
                </span>
              </td>
              <td data-number data-label={text.columns.total}>
                {total(booking.total)}
              </td>
            </tr>
          )
        })}
      </tbody>
    </TableFrame>
  )
}
