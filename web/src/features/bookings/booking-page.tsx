import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Link, useLocation, useParams } from 'react-router'
import { type Booking, bookingQuery, type Payment, pricesOf } from '@/api/bookings'
import { type Concert, concertQuery } from '@/api/concerts'
import { isNotFound } from '@/api/problem'
import { serverNow } from '@/api/server-time'
import { type PaymentStage, refetchBooking, useBookingPayment } from '@/api/use-booking-payment'
import { useBookingChanges } from '@/api/use-concert-changes'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Countdown } from '@/kit/countdown'
import { ErrorMessage } from '@/kit/error-message'
import { Loading } from '@/kit/loading'
import { MessagePage } from '@/kit/message-page'
import { OrderSummary } from '@/kit/order-summary'
import { usePageTitle } from '@/kit/page-title'
import { useRestoreFocus } from '@/kit/use-restore-focus'
import styles from './booking-page.module.css'
import { CancelBooking } from './cancel-booking'
import { bookingsMessages } from './messages'

export function BookingPage() {
  const { id = '' } = useParams()
  const text = useMessages(bookingsMessages).missing
  const { data, error, refetch } = useQuery(bookingQuery(id))
  if (isNotFound(error)) return <MessagePage title={text.title} text={text.text} />
  if (!data) return error ? <ErrorMessage error={error} retry={() => void refetch()} /> : <Loading />
  return <BookingDetails booking={data} />
}

function BookingDetails({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const queryClient = useQueryClient()
  const isNew = useLocation().state?.isNew === true && booking.status === 'confirmed'
  const concert = useQuery(concertQuery(booking.concert_id)).data
  usePageTitle(text.booking(booking.reference))
  const heading = useRef<HTMLHeadingElement>(null)
  useRestoreFocus(heading, booking.status)
  // The lists of bookings do not contain the new one yet.
  useEffect(() => {
    if (isNew) void queryClient.invalidateQueries({ queryKey: ['bookings'] })
  }, [isNew, queryClient])
  const { payment, stage } = useBookingPayment(booking)
  const refresh = () => void refetchBooking(queryClient, booking.id)
  // The organiser may cancel the booking, and the bank may decide, while the page is open.
  useBookingChanges(booking, booking.status !== 'cancelled', refresh)
  const isDeciding = stage === 'deciding'
  return (
    <div className={styles.page}>
      <div className={styles.words}>
        <Link to="/bookings">← {text.back}</Link>
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {isNew ? text.thanks : text.booking(booking.reference)}
        </h1>
        {isNew && <p className={styles.thanks}>{text.thanksText}</p>}
        <p>
          <BookingStatus booking={booking} stage={stage} />
        </p>
        {isDeciding && (
          <p role="status">{booking.status === 'pending' ? text.deciding : text.decidingLate}</p>
        )}
        {stage === 'none' && booking.status === 'pending' && booking.expires_at && (
          <>
            <p>
              {text.kept}{' '}
              <strong>
                <Countdown kind="end" until={booking.expires_at} onEnd={refresh} />
              </strong>
            </p>
            <Button component={Link} to={`/checkout/${booking.id}`} size="md">
              {text.pay}
            </Button>
          </>
        )}
        <PaymentSummary booking={booking} payment={payment} stage={stage} />
        <div className={styles.actions}>
          <Button component={Link} to={`/concerts/${booking.concert_id}`} variant="default">
            {text.toConcert}
          </Button>
        </div>
      </div>
      <div className={styles.order}>
        <OrderSummary booking={booking} concert={concert} />
        <Cancellation booking={booking} concert={concert} />
      </div>
    </div>
  )
}

/** The status of the booking. A pending payment comes before it. */
function BookingStatus({ booking, stage }: { booking: Booking; stage: PaymentStage }) {
  const text = useMessages(bookingsMessages)
  const isDeciding = stage === 'deciding' || (stage === 'unknown' && booking.status !== 'confirmed')
  if (isDeciding) {
    return (
      <span className={styles.status} data-status="pending">
        {text.status.deciding}
      </span>
    )
  }
  return (
    <>
      <span className={styles.status} data-status={booking.status}>
        {text.status[booking.status]}
      </span>
      {booking.cancel_reason && <span className={styles.soft}>{text.reason[booking.cancel_reason]}</span>}
    </>
  )
}

type PaymentSummaryProps = { booking: Booking; payment: Payment | undefined; stage: PaymentStage }

/** What was paid and refunded. */
function PaymentSummary({ booking, payment, stage }: PaymentSummaryProps) {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  if (!payment || stage === 'failed' || stage === 'deciding') return null
  const money = formats.moneyFormatter(
    [...pricesOf(booking), payment.amount, payment.refunded],
    payment.currency,
  )
  return (
    <p className={styles.soft}>
      {text.paidBy(money(payment.amount))}
      {payment.refunded > 0 && (
        <>
          <br />
          {text.refunded(money(payment.refunded))}
        </>
      )}
      {stage === 'returning' && (
        <>
          <br />
          {text.refunding}
        </>
      )}
    </p>
  )
}

/**
 * Cancels the booking, or says until when that was possible. It is placed away from the button of the previous page,
 * so that a double click cannot hit it.
 */
function Cancellation({ booking, concert }: { booking: Booking; concert: Concert | undefined }) {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  if (booking.status === 'cancelled' || !concert) return null
  const isNever = concert.refundable_until == null && booking.total > 0
  if (isNever && booking.status === 'confirmed') {
    return <p className={styles.soft}>{text.neverRefundable}</p>
  }
  if (booking.status === 'pending') return <CancelBooking booking={booking} />
  const until = concert.refundable_until ?? (booking.total === 0 ? concert.starts_at : undefined)
  if (!until || Date.parse(until) <= serverNow()) return <p className={styles.soft}>{text.notRefundable}</p>
  return (
    <>
      <CancelBooking booking={booking} />
      <p className={styles.soft}>{text.refundableUntil(formats.moment(until))}</p>
    </>
  )
}
