import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import type { Concert } from '@/api/concerts'
import type { BookingsSearch } from '@/api/organiser'
import { type ReportFile, reportFile } from '@/api/reports'
import { useConcertChanges } from '@/api/use-concert-changes'
import { useMessages } from '@/i18n/messages'
import { usePageTitle } from '@/kit/page-title'
import { problemText } from '@/kit/problem-text'
import { SearchField } from '@/kit/search-field'
import { isTooShort, parametersOf, SEARCH_MAX, SEARCH_MIN, STATUSES, searchOf } from './booking-filter'
import styles from './bookings-page.module.css'
import { useLayoutConcert } from './concert-layout'
import { dashboardMessages } from './messages'
import { PagedBookings } from './paged-bookings'
import { refetchNow } from './refetch-now'

const FILES: ReportFile[] = ['bookings', 'tickets']

/** The bookings of a concert, with search and filters. */
export function BookingsPage() {
  const concert = useLayoutConcert()
  const text = useMessages(dashboardMessages).bookings
  const queryClient = useQueryClient()
  const [parameters, setParameters] = useSearchParams()
  const search = searchOf(parameters)
  const isShort = isTooShort(search)
  usePageTitle(`${text.title} · ${concert.name}`)
  useConcertChanges(concert.id, concert.status !== 'draft', () =>
    refetchNow(queryClient, ['concert-bookings', concert.id]),
  )
  const changeSearch = (change: Partial<BookingsSearch>) =>
    setParameters(parametersOf({ ...search, cursor: undefined, ...change }))
  return (
    <>
      <div className={styles.filters}>
        <div className={styles.search}>
          <SearchField
            label={text.search}
            value={search.text}
            maxLength={SEARCH_MAX}
            onSearch={(found) => changeSearch({ text: found })}
          />
        </div>
        <NativeSelect
          aria-label={text.status}
          value={search.status}
          onChange={({ currentTarget }) =>
            changeSearch({ status: STATUSES.find((status) => status === currentTarget.value) ?? '' })
          }
          data={[
            { value: '', label: text.anyStatus },
            ...STATUSES.map((value) => ({ value, label: text.statuses[value] })),
          ]}
        />
        <div className={styles.downloads}>
          {FILES.map((file) => (
            <Download key={file} file={file} concert={concert} search={search} isDisabled={isShort} />
          ))}
        </div>
      </div>
      {isShort ? (
        <p className={styles.soft} role="status">
          {text.tooShort(SEARCH_MIN)}
        </p>
      ) : (
        <PagedBookings concert={concert} search={search} onShowAll={() => setParameters({})} />
      )}
    </>
  )
}

type DownloadProps = { file: ReportFile; concert: Concert; search: BookingsSearch; isDisabled: boolean }

/**
 * Downloads all matching bookings or tickets as CSV. The request needs the access token, which a plain link cannot
 * send.
 */
function Download({ file, concert, search, isDisabled }: DownloadProps) {
  const text = useMessages(dashboardMessages).bookings
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => reportFile(concert.id, file, search),
    onSuccess: (content) => {
      const address = URL.createObjectURL(content)
      const link = document.createElement('a')
      link.href = address
      link.download = `${file}-${concert.id}.csv`
      link.click()
      URL.revokeObjectURL(address)
    },
  })
  return (
    <div>
      <Button variant="default" loading={isPending} disabled={isDisabled} onClick={() => mutate()}>
        {text.download[file]}
      </Button>
      {error && (
        <p className={styles.refusal} role="alert">
          {problemText(error)}
        </p>
      )}
    </div>
  )
}
