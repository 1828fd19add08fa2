import { Button, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { CONCERT_SEARCH_MAX } from '@/api/concerts'
import { type MyConcertsSearch, myConcertsQuery } from '@/api/organiser'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { ErrorMessage } from '@/kit/error-message'
import { usePageTitle } from '@/kit/page-title'
import { Pager } from '@/kit/pager'
import { parameterErrorText } from '@/kit/problem-text'
import { SearchField } from '@/kit/search-field'
import { Skeleton } from '@/kit/skeleton'
import { ConcertsTable } from './concerts-table'
import { dashboardMessages } from './messages'
import styles from './my-concerts-page.module.css'

const WHENS = ['ahead', 'past', 'all'] as const
const MINUTE_MS = 60_000

function searchOf(parameters: URLSearchParams): MyConcertsSearch {
  return {
    text: parameters.get('q')?.trim().slice(0, CONCERT_SEARCH_MAX) ?? '',
    when: WHENS.find((when) => when === parameters.get('when')) ?? 'ahead',
    cursor: parameters.get('cursor') ?? undefined,
  }
}

function parametersOf({ text, when, cursor }: MyConcertsSearch): URLSearchParams {
  const parameters = new URLSearchParams()
  if (text !== '') parameters.set('q', text)
  if (when !== 'ahead') parameters.set('when', when)
  if (cursor !== undefined) parameters.set('cursor', cursor)
  return parameters
}

export function MyConcertsPage() {
  const text = useMessages(dashboardMessages).mine
  const [parameters, setParameters] = useSearchParams()
  // Rounded to the minute, so that all pages of a list have the same filter.
  const [openedAt] = useState(() => Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS)
  const search = searchOf(parameters)
  const { data, error, refetch, isPlaceholderData } = useQuery(myConcertsQuery(search, openedAt))
  const searchError = parameterErrorText(error, 'search')
  usePageTitle(text.title)

  const changeSearch = (change: Partial<MyConcertsSearch>) =>
    setParameters(parametersOf({ ...search, cursor: undefined, ...change }))
  const outdated = isProblem(error, 'invalid_cursor')
  const isFirstVisit = data?.items.length === 0 && search.text === '' && search.when !== 'past'
  return (
    <>
      <header className={styles.head}>
        <h1>{text.title}</h1>
        <Button component={Link} to="/manage/new">
          {text.create}
        </Button>
      </header>
      <div className={styles.filters}>
        <div className={styles.search}>
          <SearchField
            label={text.search}
            value={search.text}
            maxLength={CONCERT_SEARCH_MAX}
            error={searchError}
            onSearch={(found) => changeSearch({ text: found })}
          />
        </div>
        <SegmentedControl
          aria-label={text.when}
          value={search.when}
          onChange={(when) => changeSearch({ when })}
          data={WHENS.map((value) => ({ value, label: text.whens[value] }))}
        />
      </div>
      {error && !data && searchError === undefined && (
        <ErrorMessage error={error} retry={outdated ? () => changeSearch({}) : () => void refetch()} />
      )}
      {!data && !error && <Skeleton lines={6} height="3.4rem" />}
      {data?.items.length === 0 && (
        <div className={styles.none} role="status">
          <h2>{isFirstVisit ? text.empty.title : text.none.title}</h2>
          <p>{isFirstVisit ? text.empty.text : text.none.text}</p>
        </div>
      )}
      {data && data.items.length > 0 && <ConcertsTable concerts={data.items} isStale={isPlaceholderData} />}
      {data && (
        <Pager
          cursor={search.cursor}
          next={data.next_cursor}
          to={(cursor) => `?${parametersOf({ ...search, cursor })}`}
        />
      )}
    </>
  )
}
