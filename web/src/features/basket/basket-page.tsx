import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { type Booking, recentBookingsQuery, updateCachedBooking } from '@/api/bookings'
import { concertQuery } from '@/api/concerts'
import { useCancelBooking } from '@/api/use-cancel-booking'
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
import styles from './basket-page.module.css'
import { basketMessages } from './messages'

/** The unpaid bookings. */
export function BasketPage() {
  const text = useMessages(basketMessages)
  const { data, error, refetch } = useQuery(recentBookingsQuery)
  usePageTitle(text.title)
  if (!data) return error ? <ErrorMessage error={error} retry={() => void refetch()} /> : <Loading />
  const pending = data.items.filter(({ status }) => status === 'pending')
  if (pending.length === 0) {
    return (
      <MessagePage title={text.empty.title} text={text.empty.text}>
        <Button component={Link} to="/">
          {text.empty.find}
        </Button>
      </MessagePage>
    )
  }
  return (
    <>
      <h1 className={styles.title}>{text.title}</h1>
      <ul className={styles.list}>
        {pending.map((booking) => (
          <li key={booking.id}>
            <HeldBooking booking={booking} />
          </li>
        ))}
      </ul>
    </>
  )
}

function HeldBooking({ booking }: { booking: Booking }) {
  const text = useMessages(basketMessages)
  const queryClient = useQueryClient()
  const concert = useQuery(concertQuery(booking.concert_id)).data
  // The payment is pending: nothing to pay, and no countdown.
  const isDeciding = Boolean(booking.payment_id)
  const invalidate = () => queryClient.invalidateQueries({ queryKey: ['bookings'] })
  const { cancel, mutation } = useCancelBooking(booking, {
    onSuccess: (cancelled) => updateCachedBooking(queryClient, cancelled),
    onError: () => void invalidate(),
  })
  return (
    <article className={styles.kept}>
      <OrderSummary booking={booking} concert={concert} />
      <RetryNotice mutation={mutation} of="cancelling" />
      {!mutation.isOutcomeUnknown && Boolean(mutation.error) && (
        <p role="alert">{problemText(mutation.error)}</p>
      )}
      <div className={styles.actions}>
        {isDeciding && <p>{text.deciding}</p>}
        {!isDeciding && booking.expires_at && (
          <p>
            {text.kept}{' '}
            <strong>
              <Countdown kind="end" until={booking.expires_at} onEnd={() => void invalidate()} />
            </strong>
          </p>
        )}
        {!isDeciding && (
          <ActionButton variant="default" loading={mutation.isPending} onClick={cancel}>
            {text.release}
          </ActionButton>
        )}
        <Button component={Link} to={`/checkout/${booking.id}`}>
          {isDeciding ? text.toPayment : text.pay}
        </Button>
      </div>
    </article>
  )
}
