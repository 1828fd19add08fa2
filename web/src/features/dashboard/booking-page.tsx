import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { type Booking, bookingQuery, pricesOf } from '@/api/bookings'
import type { Concert } from '@/api/concerts'
import { invalidateBooking } from '@/api/organiser'
import { isNotFound } from '@/api/problem'
import { useBookingPayment } from '@/api/use-booking-payment'
import { useBookingChanges } from '@/api/use-concert-changes'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Badge } from '@/kit/badge'
import { ErrorMessage } from '@/kit/error-message'
import { usePageTitle } from '@/kit/page-title'
import { Skeleton } from '@/kit/skeleton'
import { TableFrame } from '@/kit/table-frame'
import { useTicketName } from '@/kit/ticket-name'
import styles from './booking-page.module.css'
import { BOOKING_TONES } from './booking-tones'
import { CancelBookingDialog } from './cancel-booking-dialog'
import { useLayoutConcert } from './concert-layout'
import { mailto } from './mailto'
import { dashboardMessages } from './messages'
import { PaymentCard } from './payment-card'

export function BookingPage() {
  const concert = useLayoutConcert()
  const { bookingId = '' } = useParams()
  const text = useMessages(dashboardMessages).booking
  const { data, error, refetch } = useQuery(bookingQuery(bookingId))
  // The URL may name a booking of another concert.
  const isElsewhere = isNotFound(error) || (data && data.concert_id !== concert.id)
  return (
    <>
      <Link to={`/manage/${concert.id}/bookings`} className={styles.up}>
        ← {text.all}
      </Link>
      {isElsewhere && <p role="status">{text.missing}</p>}
      {!isElsewhere && data && <BookingDetails booking={data} concert={concert} />}
      {!isElsewhere && error && !data && <ErrorMessage error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={6} />}
    </>
  )
}

function BookingDetails({ booking, concert }: { booking: Booking; concert: Concert }) {
  const messages = useMessages(dashboardMessages)
  const text = messages.booking
  const formats = useFormats()
  const queryClient = useQueryClient()
  const [isCancelling, setCancelling] = useState(false)
  const [announcement, setAnnouncement] = useState('')
  useBookingChanges(booking, concert.status !== 'draft', () =>
    invalidateBooking(queryClient, concert.id, booking.id),
  )
  usePageTitle(`${booking.reference} · ${concert.name}`)
  const at = (instant: string) => formats.dayAndTime(instant, concert.time_zone)
  return (
    <div className={styles.booking}>
      <div className={styles.head}>
        <h2 className={styles.reference}>{booking.reference}</h2>
        <Badge tone={BOOKING_TONES[booking.status]}>{messages.bookings.statuses[booking.status]}</Badge>
      </div>
      <p className={styles.announcement} role="status">
        {announcement}
      </p>
      <dl className={styles.facts}>
        <dt>{text.placed}</dt>
        <dd>{at(booking.created_at)}</dd>
        {booking.status === 'pending' && booking.expires_at && (
          <>
            <dt>{text.expires}</dt>
            <dd>{at(booking.expires_at)}</dd>
          </>
        )}
        {booking.cancel_reason && (
          <>
            <dt>{text.reason}</dt>
            <dd>{messages.bookings.reasons[booking.cancel_reason]}</dd>
          </>
        )}
        <dt>{text.customer}</dt>
        <dd>
          {booking.customer ? (
            <>
              <bdi>{booking.customer.name}</bdi> ·{' '}
              <a href={mailto(booking.customer.email)}>
                <bdi>{booking.customer.email}</bdi>
              </a>
            </>
          ) : (
            <bdi>{booking.username ?? messages.bookings.guest}</bdi>
          )}
        </dd>
      </dl>
      <TicketsTable booking={booking} concert={concert} />
      {booking.payment_id && (
        <BookingPayment key={booking.payment_id} booking={booking} onAnnounce={setAnnouncement} />
      )}
      {booking.status !== 'cancelled' && (
        <div>
          <Button variant="default" onClick={() => setCancelling(true)}>
            {text.cancel}
          </Button>
        </div>
      )}
      {isCancelling && (
        <CancelBookingDialog
          booking={booking}
          onClose={() => setCancelling(false)}
          onAnnounce={setAnnouncement}
        />
      )}
    </div>
  )
}

function BookingPayment({
  booking,
  onAnnounce,
}: {
  booking: Booking
  onAnnounce: (announcement: string) => void
}) {
  const { payment, error, refetch } = useBookingPayment(booking)
  if (payment) return <PaymentCard payment={payment} booking={booking} onAnnounce={onAnnounce} />
  return error ? (
    <ErrorMessage error={error} retry={() => void refetch()} />
  ) : (
    <Skeleton lines={1} height="6rem" />
  )
}

function TicketsTable({ booking, concert }: { booking: Booking; concert: Concert }) {
  const text = useMessages(dashboardMessages).booking
  const formats = useFormats()
  const ticketName = useTicketName(concert)
  const sections = new Map(concert.sections.map((section) => [section.code, section]))
  const price = formats.priceFormatter(pricesOf(booking), booking.currency)
  return (
    <TableFrame label={text.tickets}>
      <thead>
        <tr>
          <th scope="col">{text.columns.seat}</th>
          <th scope="col">{text.columns.section}</th>
          <th scope="col">{text.columns.category}</th>
          <th scope="col" data-number>
            {text.columns.price}
          </th>
        </tr>
      </thead>
      <tbody>
        {booking.tickets.map(({ seat, section, category, price: minor }) => {
          const known = sections.get(section)
          return (
            <tr key={seat}>
              <th scope="row">{ticketName(seat, section)}</th>
              <td>
                <bdi>{known?.name ?? section}</bdi>
              </td>
              <td>
                <bdi>{known?.prices.find(({ code }) => code === category)?.name ?? category}</bdi>
              </td>
              <td data-number>{price(minor)}</td>
            </tr>
          )
        })}
      </tbody>
      <tfoot>
        <tr className={styles.sum}>
          <th scope="row" colSpan={3}>
            {text.sum}
          </th>
          <td data-number>{price(booking.total)}</td>
        </tr>
      </tfoot>
    </TableFrame>
  )
}
