import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Concert } from '@/api/concerts'
import { type BookingsSearch, concertBookingsQuery } from '@/api/organiser'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { ErrorMessage } from '@/kit/error-message'
import { Pager } from '@/kit/pager'
import { Skeleton } from '@/kit/skeleton'
import { isFiltering, parametersOf } from './booking-filter'
import styles from './bookings-page.module.css'
import { BookingsTable } from './bookings-table'
import { dashboardMessages } from './messages'

type Props = { concert: Concert; search: BookingsSearch; onShowAll: () => void }

/** A page of bookings, newest first. */
export function PagedBookings({ concert, search, onShowAll }: Props) {
  const { data, error, refetch, isPlaceholderData } = useQuery(concertBookingsQuery(concert.id, search))
  if (!data) {
    const outdated = isProblem(error, 'invalid_cursor')
    const retry = outdated ? onShowAll : () => void refetch()
    return error ? <ErrorMessage error={error} retry={retry} /> : <Skeleton lines={10} />
  }
  if (data.items.length === 0) return <NoBookings isFiltered={isFiltering(search)} onShowAll={onShowAll} />
  return (
    <>
      <BookingsTable bookings={data.items} concert={concert} isStale={isPlaceholderData} />
      <Pager
        cursor={search.cursor}
        next={data.next_cursor}
        to={(cursor) => `?${parametersOf({ ...search, cursor })}`}
      />
    </>
  )
}

function NoBookings({ isFiltered, onShowAll }: { isFiltered: boolean; onShowAll: () => void }) {
  const text = useMessages(dashboardMessages).bookings
  const { title, text: explanation } = isFiltered ? text.nothingFound : text.none
  return (
    <div className={styles.none} role="status">
      <h2>{title}</h2>
      <p>{explanation}</p>
      {isFiltered && (
        <div>
          <Button variant="default" onClick={onShowAll}>
            {text.showAll}
          </Button>
        </div>
      )}
    </div>
  )
}
