import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { type Booking, bookingsChanged, cancelBooking, recentBookingsQuery } from '@/api/bookings'
import { concertQuery } from '@/api/concerts'
import { useOutcome } from '@/api/use-outcome'
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
import styles from './basket-page.module.css'
import { basketMessages } from './messages'

/** Everything that is kept and not paid yet. */
export function BasketPage() {
  const text = useMessages(basketMessages)
  const { data, error, refetch } = useQuery(recentBookingsQuery)
  usePageTitle(text.title)
  if (!data) return error ? <Trouble error={error} retry={() => void refetch()} /> : <Loading />
  const pending = data.items.filter(({ status }) => status === 'pending')
  if (pending.length === 0) {
    return (
      <Notice title={text.empty.title} text={text.empty.text}>
        <Button component={Link} to="/">
          {text.empty.find}
        </Button>
      </Notice>
    )
  }
  return (
    <>
      <h1 className={styles.title}>{text.title}</h1>
      <ul className={styles.list}>
        {pending.map((booking) => (
          <li key={booking.id}>
            <Kept booking={booking} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Kept({ booking }: { booking: Booking }) {
  const text = useMessages(basketMessages)
  const queries = useQueryClient()
  const concert = useQuery(concertQuery(booking.concert_id)).data
  // A payment is under way: nothing is to be paid, and no time runs out.
  const isDeciding = Boolean(booking.payment_id)
  const readAgain = () => queries.invalidateQueries({ queryKey: ['bookings'] })
  const giveBack = useOutcome({
    scope: `cancel:${booking.id}`,
    send: (id: string, _key, late) => cancelBooking(id, late),
    onAnswered: (cancelled) => bookingsChanged(queries, cancelled),
    onRefused: () => void readAgain(),
  })
  return (
    <article className={styles.kept}>
      <Order booking={booking} concert={concert} />
      <Unanswered outcome={giveBack} of="cancelling" />
      {!giveBack.isUnknown && Boolean(giveBack.error) && <p role="alert">{problemText(giveBack.error)}</p>}
      <div className={styles.actions}>
        {isDeciding && <p>{text.deciding}</p>}
        {!isDeciding && booking.expires_at && (
          <p>
            {text.kept}{' '}
            <strong>
              <Countdown to="end" until={booking.expires_at} onEnd={() => void readAgain()} />
            </strong>
          </p>
        )}
        {!isDeciding && (
          <ActionButton
            variant="default"
            loading={giveBack.isPending}
            onClick={() => giveBack.ask(booking.id)}
          >
            {text.giveBack}
          </ActionButton>
        )}
        <Button component={Link} to={`/checkout/${booking.id}`}>
          {isDeciding ? text.toPayment : text.pay}
        </Button>
      </div>
    </article>
  )
}
