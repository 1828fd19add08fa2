import { Alert, Button, Loader } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Navigate, useNavigate, useParams } from 'react-router'
import { type Booking, bookingQuery, type Payment, pricesOf, updateCachedBooking } from '@/api/bookings'
import { concertQuery } from '@/api/concerts'
import { isNotFound, isProblem } from '@/api/problem'
import { refetchBooking } from '@/api/use-booking-payment'
import { useCancelBooking } from '@/api/use-cancel-booking'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { Countdown } from '@/kit/countdown'
import { ErrorMessage } from '@/kit/error-message'
import { Loading } from '@/kit/loading'
import { MessagePage } from '@/kit/message-page'
import { OrderSummary } from '@/kit/order-summary'
import { usePageTitle } from '@/kit/page-title'
import { problemText } from '@/kit/problem-text'
import { RetryNotice } from '@/kit/retry-notice'
import styles from './checkout-page.module.css'
import { gateways } from './gateways'
import { checkoutMessages } from './messages'
import { useCheckoutPayment } from './use-checkout-payment'

export function CheckoutPage() {
  const { id = '' } = useParams()
  const text = useMessages(checkoutMessages).missing
  const booking = useQuery(bookingQuery(id))
  if (isNotFound(booking.error)) {
    return (
      <MessagePage title={text.title} text={text.text}>
        <Button component={Link} to="/bookings">
          {text.all}
        </Button>
      </MessagePage>
    )
  }
  if (!booking.data) {
    return booking.error ? (
      <ErrorMessage error={booking.error} retry={() => void booking.refetch()} />
    ) : (
      <Loading />
    )
  }
  return <BookingCheckout key={id} booking={booking.data} />
}

/** Selects what to show for a booking and its payment. A payment without a known outcome comes first. */
function BookingCheckout({ booking }: { booking: Booking }) {
  const payment = useCheckoutPayment(booking)
  if (booking.status === 'confirmed') {
    return <Navigate to={`/bookings/${booking.id}`} replace state={{ isNew: true }} />
  }
  if (booking.status === 'pending' || payment.start.isUnresolved) {
    return <CheckoutForm booking={booking} payment={payment} />
  }
  if (payment.stage === 'unknown') return <Loading />
  if (payment.stage === 'deciding') return <PaymentPending />
  if (payment.payment && (payment.stage === 'returning' || payment.stage === 'returned')) {
    return <RefundNotice payment={payment.payment} isBack={payment.stage === 'returned'} />
  }
  return <BookingUnavailable booking={booking} />
}

/** The booking has expired or was cancelled while its payment is still pending. */
function PaymentPending() {
  const text = useMessages(checkoutMessages).deciding
  return (
    <MessagePage title={text.title} text={text.text}>
      <Loader size="sm" aria-hidden />
      <Button component={Link} to="/bookings" variant="default">
        {text.all}
      </Button>
    </MessagePage>
  )
}

/** The payment was taken after the booking had expired or was cancelled. */
function RefundNotice({ payment, isBack }: { payment: Payment; isBack: boolean }) {
  const text = useMessages(checkoutMessages).goesBack
  const amount = useFormats().money(payment.amount, payment.currency)
  return (
    <MessagePage title={text.title} text={isBack ? text.isBack(amount) : text.onItsWay(amount)}>
      <Button component={Link} to="/bookings">
        {text.all}
      </Button>
    </MessagePage>
  )
}

/** The booking cannot be paid any more, and why. */
function BookingUnavailable({ booking }: { booking: Booking }) {
  const text = useMessages(checkoutMessages)
  const concert = `/concerts/${booking.concert_id}`
  if (booking.cancel_reason === 'concert_cancelled') {
    return <MessagePage title={text.concertCancelled.title} text={text.concertCancelled.text} />
  }
  const isExpired = booking.cancel_reason === 'expired'
  const content = isExpired ? text.expired : text.cancelled
  return (
    <MessagePage title={content.title} text={content.text}>
      <Button component={Link} to={isExpired ? `${concert}/seats` : concert}>
        {content.again}
      </Button>
    </MessagePage>
  )
}

type Props = { booking: Booking; payment: ReturnType<typeof useCheckoutPayment> }

function CheckoutForm({ booking, payment: { stage, start } }: Props) {
  const text = useMessages(checkoutMessages)
  const formats = useFormats()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const concert = useQuery(concertQuery(booking.concert_id)).data
  const { cancel, mutation: cancellation } = useCancelBooking(booking, {
    onSuccess: (cancelled, isMounted) => {
      updateCachedBooking(queryClient, cancelled)
      if (isMounted) void navigate(`/concerts/${booking.concert_id}`)
    },
    onError: () => void refetchBooking(queryClient, booking.id),
  })
  usePageTitle(text.title)
  const isWaiting = stage === 'deciding' || stage === 'unknown'
  const isBusy = start.isPending || isWaiting
  return (
    <div className={styles.page}>
      <div className={styles.pay}>
        <h1 className={styles.title}>{text.title}</h1>
        {booking.expires_at && !isBusy && (
          <p className={styles.clock}>
            {text.kept}{' '}
            <strong>
              <Countdown
                kind="end"
                until={booking.expires_at}
                onEnd={() => void refetchBooking(queryClient, booking.id)}
              />
            </strong>
          </p>
        )}
        <div aria-live="polite" className={styles.news}>
          {stage === 'failed' && !start.isPending && !start.isOutcomeUnknown && (
            <Alert color="red" title={text.declined.title}>
              {text.declined.text}
            </Alert>
          )}
          {isWaiting && !start.isOutcomeUnknown && (
            <Alert color="blue" title={text.waiting.title} icon={<Loader size="xs" />}>
              {text.waiting.text}
            </Alert>
          )}
          <RetryNotice mutation={start} of="paying" />
          {!start.isOutcomeUnknown && Boolean(start.error) && (
            <Alert color="red">
              {isProblem(start.error, 'payment_in_progress') ? text.inProgress : problemText(start.error)}
            </Alert>
          )}
          <RetryNotice mutation={cancellation} of="cancelling" />
          {!cancellation.isOutcomeUnknown && Boolean(cancellation.error) && (
            <Alert color="red">{problemText(cancellation.error)}</Alert>
          )}
        </div>
        {gateways.map(({ id, Form }) => (
          <Form
            key={id}
            amount={formats.moneyFormatter(pricesOf(booking), booking.currency)(booking.total)}
            isPaying={isBusy}
            onPay={start.mutate}
          />
        ))}
        <ActionButton
          variant="subtle"
          color="gray"
          disabled={isBusy || start.isOutcomeUnknown}
          loading={cancellation.isPending}
          onClick={cancel}
        >
          {text.release}
        </ActionButton>
      </div>
      <OrderSummary booking={booking} concert={concert} />
    </div>
  )
}
