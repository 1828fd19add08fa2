import { Alert, Button, Loader } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Navigate, useNavigate, useParams } from 'react-router'
import { type Booking, bookingQuery, cancelBooking } from '@/api/bookings'
import { concertQuery } from '@/api/concerts'
import { isProblem } from '@/api/problem'
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
import styles from './checkout-page.module.css'
import { gateways } from './gateways'
import { checkoutMessages } from './messages'
import { usePayment } from './use-payment'

export function CheckoutPage() {
  const { id = '' } = useParams()
  const text = useMessages(checkoutMessages).missing
  const booking = useQuery(bookingQuery(id))
  if (isProblem(booking.error, 'booking_not_found', 'not_found')) {
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
  if (booking.data.status === 'confirmed') {
    return <Navigate to={`/bookings/${id}`} replace state={{ isNew: true }} />
  }
  if (booking.data.status === 'cancelled') return <Gone booking={booking.data} />
  return <Checkout booking={booking.data} />
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

function Checkout({ booking }: { booking: Booking }) {
  const text = useMessages(checkoutMessages)
  const formats = useFormats()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const concert = useQuery(concertQuery(booking.concert_id)).data
  const payment = usePayment(booking)
  const readAnew = () => {
    void queries.invalidateQueries({ queryKey: bookingQuery(booking.id).queryKey })
    void queries.invalidateQueries({ queryKey: ['bookings'] })
  }
  const giveBack = useMutation({
    mutationFn: () => cancelBooking(booking.id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['bookings'] })
      void navigate(`/concerts/${booking.concert_id}`)
    },
    onError: readAnew,
  })
  usePageTitle(text.title)
  const isBusy = payment.isPaying || payment.isWaiting
  return (
    <div className={styles.page}>
      <div className={styles.pay}>
        <h1 className={styles.title}>{text.title}</h1>
        {booking.expires_at && (
          <p className={styles.clock}>
            {text.kept} <strong>{<Countdown until={booking.expires_at} onEnd={readAnew} />}</strong>
          </p>
        )}
        <div aria-live="polite" className={styles.news}>
          {payment.isDeclined && (
            <Alert color="red" title={text.declined.title}>
              {text.declined.text}
            </Alert>
          )}
          {payment.isWaiting && (
            <Alert color="blue" title={text.waiting.title} icon={<Loader size="xs" />}>
              {text.waiting.text}
            </Alert>
          )}
          {payment.error && (
            <Alert color="red">
              {isProblem(payment.error, 'payment_in_progress') ? text.inProgress : problemText(payment.error)}
            </Alert>
          )}
          {giveBack.error && <Alert color="red">{problemText(giveBack.error)}</Alert>}
        </div>
        {gateways.map(({ id, Form }) => (
          <Form
            key={id}
            amount={formats.money(booking.total, booking.currency)}
            isPaying={isBusy}
            onPay={payment.pay}
          />
        ))}
        <ActionButton
          variant="subtle"
          color="gray"
          disabled={isBusy}
          loading={giveBack.isPending}
          onClick={() => giveBack.mutate()}
        >
          {text.giveBack}
        </ActionButton>
      </div>
      <Order booking={booking} concert={concert} />
    </div>
  )
}
