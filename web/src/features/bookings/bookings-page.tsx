import { Button } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { Booking } from '@/api/bookings'
import { api } from '@/api/client'
import { concertQuery } from '@/api/concerts'
import { unwrap } from '@/api/problem'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { Artwork } from '@/kit/artwork'
import { ErrorMessage } from '@/kit/error-message'
import { Loading } from '@/kit/loading'
import { MessagePage } from '@/kit/message-page'
import { usePageTitle } from '@/kit/page-title'
import styles from './bookings-page.module.css'
import { bookingsMessages } from './messages'

/**
 * The list is polled while a booking is unpaid or its payment pending, because there is no event stream for a user's
 * bookings.
 */
const UNDECIDED_POLL_MS = 3_000

function hasUndecided(bookings: Booking[] = []): boolean {
  return bookings.some(({ status }) => status === 'pending')
}

export function BookingsPage() {
  const text = useMessages(bookingsMessages)
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['bookings', 'all'],
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam === undefined ? {} : { cursor: pageParam }
      return unwrap(api.GET('/bookings', { params: { query }, signal }))
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      hasUndecided(state.data?.pages.flatMap(({ items }) => items)) && UNDECIDED_POLL_MS,
  })
  usePageTitle(text.title)
  if (!data) return error ? <ErrorMessage error={error} retry={() => void refetch()} /> : <Loading />
  const bookings = data.pages.flatMap(({ items }) => items)
  if (bookings.length === 0) {
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
        {bookings.map((booking) => (
          <BookingItem key={booking.id} booking={booking} />
        ))}
      </ul>
      {hasNextPage && (
        <ActionButton variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.more}
        </ActionButton>
      )}
    </>
  )
}

function BookingItem({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  const { data: concert } = useQuery(concertQuery(booking.concert_id))
  return (
    <li className={styles.item} data-status={booking.status}>
      <Artwork id={booking.concert_id} name={concert?.name ?? ''} className={styles.artwork} />
      <div className={styles.words}>
        <h2 className={styles.name}>
          <Link to={`/bookings/${booking.id}`}>
            <bdi>{concert?.name ?? text.unnamed}</bdi>
          </Link>
        </h2>
        {concert && (
          <p className={styles.soft}>
            {formats.day(concert.starts_at, concert.time_zone)}, <bdi>{concert.venue}</bdi>
          </p>
        )}
        <p>
          {text.tickets(booking.tickets.length)} · {formats.price(booking.total, booking.currency)}
        </p>
      </div>
      <span className={styles.badge} data-status={booking.status}>
        {text.status[booking.status === 'pending' && booking.payment_id ? 'deciding' : booking.status]}
      </span>
    </li>
  )
}
