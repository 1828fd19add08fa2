import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import type { Concert } from '@/api/concerts'
import { bookingsFile } from '@/api/reports'
import { useConcertChanges } from '@/api/use-concert-changes'
import { useMessages } from '@/i18n/messages'
import { usePageTitle } from '@/kit/page-title'
import { problemText } from '@/kit/problem-text'
import { SearchField } from '@/kit/search-field'
import {
  type BookingFilter,
  filterOf,
  isFiltering,
  parametersOf,
  SEARCH_MAX,
  STATUSES,
} from './booking-filter'
import styles from './bookings-page.module.css'
import { useFramedConcert } from './concert-frame'
import { FilteredBookings } from './filtered-bookings'
import { dashboardMessages } from './messages'
import { PagedBookings } from './paged-bookings'

/** Every booking of a concert: page by page, or those that match. */
export function BookingsPage() {
  const concert = useFramedConcert()
  const text = useMessages(dashboardMessages).bookings
  const queries = useQueryClient()
  const [parameters, setParameters] = useSearchParams()
  const filter = filterOf(parameters)
  usePageTitle(`${text.title} · ${concert.name}`)
  useConcertChanges(concert.id, concert.status !== 'draft', () =>
    queries.invalidateQueries({ queryKey: ['concert-bookings', concert.id] }),
  )
  const look = (change: Partial<BookingFilter>) => setParameters(parametersOf({ ...filter, ...change }))
  return (
    <>
      <div className={styles.filters}>
        <div className={styles.search}>
          <SearchField
            label={text.search}
            value={filter.text}
            maxLength={SEARCH_MAX}
            onSearch={(found) => look({ text: found })}
          />
        </div>
        <NativeSelect
          aria-label={text.status}
          value={filter.status}
          onChange={({ currentTarget }) =>
            look({ status: STATUSES.find((status) => status === currentTarget.value) ?? '' })
          }
          data={[
            { value: '', label: text.anyStatus },
            ...STATUSES.map((value) => ({ value, label: text.statuses[value] })),
          ]}
        />
        <Download concert={concert} />
      </div>
      {isFiltering(filter) ? (
        <FilteredBookings
          key={`${filter.text} ${filter.status}`}
          concert={concert}
          filter={filter}
          onShowAll={() => setParameters({})}
        />
      ) : (
        <PagedBookings
          concert={concert}
          cursor={parameters.get('cursor') ?? undefined}
          onFirst={() => setParameters({})}
        />
      )}
    </>
  )
}

/** The file needs the access token, which a link could not send. */
function Download({ concert }: { concert: Concert }) {
  const text = useMessages(dashboardMessages).bookings
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => bookingsFile(concert.id),
    onSuccess: (file) => {
      const address = URL.createObjectURL(file)
      const link = document.createElement('a')
      link.href = address
      link.download = `bookings-${concert.id}.csv`
      link.click()
      URL.revokeObjectURL(address)
    },
  })
  return (
    <div className={styles.download}>
      <Button variant="default" loading={isPending} onClick={() => mutate()}>
        {text.download}
      </Button>
      {error && (
        <p className={styles.refusal} role="alert">
          {problemText(error)}
        </p>
      )}
    </div>
  )
}
