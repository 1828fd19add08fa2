import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Concert } from '@/api/concerts'
import { allBookingsQuery } from '@/api/managing'
import { useMessages } from '@/i18n/messages'
import { Skeleton } from '@/kit/skeleton'
import { Trouble } from '@/kit/trouble'
import { type BookingFilter, matches } from './booking-filter'
import styles from './bookings-page.module.css'
import { BookingsTable } from './bookings-table'
import { dashboardMessages } from './messages'

type Props = { concert: Concert; filter: BookingFilter; onShowAll: () => void }

/** So many pages are looked through before somebody has to wish for more. */
const PAGES_AT_ONCE = 10
/** So many finds are enough for a while. */
const ENOUGH = 50

/** The bookings that match, looked for from the newest back; it says how far it has looked. */
export function FilteredBookings({ concert, filter, onShowAll }: Props) {
  const text = useMessages(dashboardMessages).bookings
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery(
    allBookingsQuery(concert.id),
  )
  const pages = data?.pages ?? []
  const looked = pages.reduce((sum, { items }) => sum + items.length, 0)
  const found = pages.flatMap(({ items }) => items.filter((booking) => matches(booking, filter)))
  const goesOn = hasNextPage && !error && found.length < ENOUGH && pages.length % PAGES_AT_ONCE !== 0
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage()
  }, [goesOn, isFetching, fetchNextPage])

  if (!data) return error ? <Trouble error={error} retry={() => void refetch()} /> : <Skeleton lines={10} />
  return (
    <>
      <p className={styles.looked} role="status">
        {hasNextPage ? text.looked(found.length, looked) : text.lookedAtAll(found.length, looked)}
      </p>
      {found.length > 0 && <BookingsTable bookings={found} timeZone={concert.time_zone} isStale={false} />}
      {found.length === 0 && !hasNextPage && <p className={styles.soft}>{text.nothingFound}</p>}
      {error && <Trouble error={error} retry={() => void fetchNextPage()} />}
      <div className={styles.further}>
        {hasNextPage && !error && (
          <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
            {text.lookFurther}
          </Button>
        )}
        <Button variant="subtle" onClick={onShowAll}>
          {text.showAll}
        </Button>
      </div>
    </>
  )
}
