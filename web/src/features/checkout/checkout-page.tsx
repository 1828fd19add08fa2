import { Alert, Button, Loader } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Navigate, useNavigate, useParams } from 'react-router'
import {
  type Booking,
  bookingQuery,
  bookingsChanged,
  cancelBooking,
  type Payment,
  pricesOf,
} from '@/api/bookings'
import { concertQuery } from '@/api/concerts'
import { isMissing, isProblem } from '@/api/problem'
import { useOutcome } from '@/api/use-outcome'
import { readBookingAgain } from '@/api/use-payment-of'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { Countdown } from '@/kit/countdown'
import { Loading } from '@/kit/loading'
import { Notice } from '@/kit/notice'
import { Order } from '@/kit/order'
import { usePageTitle } from '@/kit/page-title'
import { problemText } from '@/kit/problem-text'
import { Trouble } from '@/kit/trouble'
import { Unanswered } from '@/kit/unanswered'
import styles from './checkout-page.module.css'
import { gateways } from './gateways'
import { checkoutMessages } from './messages'
import { usePayment } from './use-payment'

export function CheckoutPage() {
  const { id = '' } = useParams()
  const text = useMessages(checkoutMessages).missing
  const booking = useQuery(bookingQuery(id))
  if (isMissing(booking.error)) {
    return (
      <Notice title={text.title} text={text.text}>
        <Button component={Link} to="/bookings">
          {text.all}
        </Button>
      </Notice>
    )
  }
  if (!booking.data) {
    return booking.error ? (
      <Trouble error={booking.error} retry={() => void booking.refetch()} />
    ) : (
      <Loading />
    )
  }
  return <Paying key={id} booking={booking.data} />
}

/** What can be said about a booking and its payment together. A payment without an outcome comes before all else. */
function Paying({ booking }: { booking: Booking }) {
  const payment = usePayment(booking)
  if (booking.status === 'confirmed') {
    return <Navigate to={`/bookings/${booking.id}`} replace state={{ isNew: true }} />
  }
  if (booking.status === 'pending' || payment.start.isOpen) {
    return <Checkout booking={booking} payment={payment} />
  }
  if (payment.stage === 'unknown') return <Loading />
  if (payment.stage === 'deciding') return <Deciding />
  if (payment.payment && (payment.stage === 'returning' || payment.stage === 'returned')) {
    return <GoesBack payment={payment.payment} isBack={payment.stage === 'returned'} />
  }
  return <Gone booking={booking} />
}

/** The booking has ended, and the bank has not said yet what becomes of the money. */
function Deciding() {
  const text = useMessages(checkoutMessages).deciding
  return (
    <Notice title={text.title} text={text.text}>
      <Loader size="sm" aria-hidden />
      <Button component={Link} to="/bookings" variant="default">
        {text.all}
      </Button>
    </Notice>
  )
}

/** The bank took the money for a booking that had ended. */
function GoesBack({ payment, isBack }: { payment: Payment; isBack: boolean }) {
  const text = useMessages(checkoutMessages).goesBack
  const amount = useFormats().money(payment.amount, payment.currency)
  return (
    <Notice title={text.title} text={isBack ? text.isBack(amount) : text.onItsWay(amount)}>
      <Button component={Link} to="/bookings">
        {text.all}
      </Button>
    </Notice>
  )
}

/** There is nothing to pay any more, and why. */
function Gone({ booking }: { booking: Booking }) {
  const text = useMessages(checkoutMessages)
  const concert = `/concerts/${booking.concert_id}`
  if (booking.cancel_reason === 'concert_cancelled') {
    return <Notice title={text.concertCancelled.title} text={text.concertCancelled.text} />
  }
  const isExpired = booking.cancel_reason === 'expired'
  const said = isExpired ? text.expired : text.cancelled
  return (
    <Notice title={said.title} text={said.text}>
      <Button component={Link} to={isExpired ? `${concert}/seats` : concert}>
        {said.again}
      </Button>
    </Notice>
  )
}

type Props = { booking: Booking; payment: ReturnType<typeof usePayment> }

function Checkout({ booking, payment: { stage, start } }: Props) {
  const text = useMessages(checkoutMessages)
  const formats = useFormats()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const concert = useQuery(concertQuery(booking.concert_id)).data
  const giveBack = useOutcome({
    scope: `cancel:${booking.id}`,
    send: (id: string, _key, late) => cancelBooking(id, late),
    onAnswered: (cancelled, _id, isHere) => {
      bookingsChanged(queries, cancelled)
      if (isHere) void navigate(`/concerts/${booking.concert_id}`)
    },
    onRefused: () => void readBookingAgain(queries, booking.id),
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
                to="end"
                until={booking.expires_at}
                onEnd={() => void readBookingAgain(queries, booking.id)}
              />
            </strong>
          </p>
        )}
        <div aria-live="polite" className={styles.news}>
          {stage === 'failed' && !start.isPending && !start.isUnknown && (
            <Alert color="red" title={text.declined.title}>
              {text.declined.text}
            </Alert>
          )}
          {isWaiting && !start.isUnknown && (
            <Alert color="blue" title={text.waiting.title} icon={<Loader size="xs" />}>
              {text.waiting.text}
            </Alert>
          )}
          <Unanswered outcome={start} of="paying" />
          {!start.isUnknown && Boolean(start.error) && (
            <Alert color="red">
              {isProblem(start.error, 'payment_in_progress') ? text.inProgress : problemText(start.error)}
            </Alert>
          )}
          <Unanswered outcome={giveBack} of="cancelling" />
          {!giveBack.isUnknown && Boolean(giveBack.error) && (
            <Alert color="red">{problemText(giveBack.error)}</Alert>
          )}
        </div>
        {gateways.map(({ id, Form }) => (
          <Form
            key={id}
            amount={formats.moneyAlike(pricesOf(booking), booking.currency)(booking.total)}
            isPaying={isBusy}
            onPay={start.ask}
          />
        ))}
        <ActionButton
          variant="subtle"
          color="gray"
          disabled={isBusy || start.isUnknown}
          loading={giveBack.isPending}
          onClick={() => giveBack.ask(booking.id)}
        >
          {text.giveBack}
        </ActionButton>
      </div>
      <Order booking={booking} concert={concert} />
    </div>
  )
}
