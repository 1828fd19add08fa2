import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Link, useLocation, useParams } from 'react-router'
import { type Booking, bookingQuery, paymentQuery } from '@/api/bookings'
import { type Concert, concertQuery } from '@/api/concerts'
import { isProblem } from '@/api/problem'
import { serverNow } from '@/api/server-time'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Countdown } from '@/kit/countdown'
import { Loading } from '@/kit/loading'
import { Notice } from '@/kit/notice'
import { Order } from '@/kit/order'
import { usePageTitle } from '@/kit/page-title'
import { Trouble } from '@/kit/trouble'
import { useFocusWhenLost } from '@/kit/use-focus-when-lost'
import styles from './booking-page.module.css'
import { CancelBooking } from './cancel-booking'
import { bookingsMessages } from './messages'

export function BookingPage() {
  const { id = '' } = useParams()
  const text = useMessages(bookingsMessages).missing
  const { data, error, refetch } = useQuery(bookingQuery(id))
  if (isProblem(error, 'booking_not_found', 'not_found'))
    return <Notice title={text.title} text={text.text} />
  if (!data) return error ? <Trouble error={error} retry={() => void refetch()} /> : <Loading />
  return <Details booking={data} />
}

function Details({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const queries = useQueryClient()
  const isNew = useLocation().state?.isNew === true && booking.status === 'confirmed'
  const concert = useQuery(concertQuery(booking.concert_id)).data
  usePageTitle(text.booking(booking.reference))
  const heading = useRef<HTMLHeadingElement>(null)
  useFocusWhenLost(heading, booking.status)
  // The seats chosen for this concert have become this booking.
  useEffect(() => {
    if (isNew) void queries.invalidateQueries({ queryKey: ['bookings'] })
  }, [isNew, queries])
  const expired = () => void queries.invalidateQueries({ queryKey: bookingQuery(booking.id).queryKey })
  return (
    <div className={styles.page}>
      <div className={styles.words}>
        <Link to="/bookings">← {text.back}</Link>
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {isNew ? text.thanks : text.booking(booking.reference)}
        </h1>
        {isNew && <p className={styles.thanks}>{text.thanksText}</p>}
        <p>
          <span className={styles.status} data-status={booking.status}>
            {text.status[booking.status]}
          </span>
          {booking.cancel_reason && <span className={styles.soft}>{text.reason[booking.cancel_reason]}</span>}
        </p>
        {booking.status === 'pending' && booking.expires_at && (
          <>
            <p>
              {text.kept} <strong>{<Countdown until={booking.expires_at} onEnd={expired} />}</strong>
            </p>
            <Button component={Link} to={`/checkout/${booking.id}`} size="md">
              {text.pay}
            </Button>
          </>
        )}
        <Money booking={booking} />
        <div className={styles.actions}>
          <Button component={Link} to={`/concerts/${booking.concert_id}`} variant="default">
            {text.toConcert}
          </Button>
          <Cancelling booking={booking} concert={concert} />
        </div>
      </div>
      <Order booking={booking} concert={concert} />
    </div>
  )
}

/** What was paid, and what went back. */
function Money({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  const { data: payment } = useQuery({
    ...paymentQuery(booking.payment_id ?? ''),
    enabled: Boolean(booking.payment_id),
  })
  if (!payment || payment.status === 'failed' || payment.status === 'pending') return null
  const isGoingBack = booking.status === 'cancelled' && payment.refunded < payment.amount
  return (
    <p className={styles.soft}>
      {text.paidBy(formats.money(payment.amount, payment.currency))}
      {payment.refunded > 0 && (
        <>
          <br />
          {text.refunded(formats.money(payment.refunded, payment.currency))}
        </>
      )}
      {isGoingBack && (
        <>
          <br />
          {text.refunding}
        </>
      )}
    </p>
  )
}

/** Cancelling, while that is possible, and until when. */
function Cancelling({ booking, concert }: { booking: Booking; concert: Concert | undefined }) {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  if (booking.status === 'cancelled' || !concert) return null
  if (booking.status === 'pending') return <CancelBooking booking={booking} />
  const until = concert.refundable_until
  if (!until || Date.parse(until) <= serverNow()) return <p className={styles.soft}>{text.notRefundable}</p>
  return (
    <>
      <CancelBooking booking={booking} />
      <p className={styles.soft}>{text.refundableUntil(formats.dayAndTime(until))}</p>
    </>
  )
}
