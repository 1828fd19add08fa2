import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { isProblem } from '@/api/problem'
import { serverNow } from '@/api/server-time'
import { useMessages } from '@/i18n/messages'
import { ErrorMessage } from '@/kit/error-message'
import { Loading } from '@/kit/loading'
import { usePageTitle } from '@/kit/page-title'
import { parameterErrorText } from '@/kit/problem-text'
import { ConcertCard } from './concert-card'
import { ConcertFilters } from './concert-filters'
import styles from './home-page.module.css'
import { concertsMessages } from './messages'
import { concertsQuery, parametersOf, searchOf } from './search'

export function HomePage() {
  const text = useMessages(concertsMessages)
  const [parameters, setParameters] = useSearchParams()
  const [openedAt] = useState(serverNow)
  const search = searchOf(parameters)
  const { data, error, refetch, isPlaceholderData } = useQuery(concertsQuery(search, openedAt))
  const searchError = parameterErrorText(error, 'search')
  usePageTitle(text.title)

  const everything = parametersOf({ text: '', when: 'any', sort: 'starts_at', cursor: undefined })
  const isPlain = parameters.size === 0
  // A cursor from an old bookmark: start at the first page.
  const outdated = isProblem(error, 'invalid_cursor')
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>{text.headline}</h1>
        <ConcertFilters
          search={search}
          error={searchError}
          onSearch={(next) => setParameters(parametersOf(next))}
        />
      </div>
      {error && !data && searchError === undefined && (
        <ErrorMessage
          error={error}
          retry={outdated ? () => setParameters(everything) : () => void refetch()}
        />
      )}
      {!data && !error && <Loading />}
      {data?.items.length === 0 && (
        <div className={styles.none} role="status">
          <h2>{isPlain ? text.empty.title : text.none.title}</h2>
          <p>{isPlain ? text.empty.text : text.none.text}</p>
          {!isPlain && <Link to="/">{text.clear}</Link>}
        </div>
      )}
      {data && (
        <ul className={styles.list} data-stale={isPlaceholderData || undefined} aria-label={text.title}>
          {data.items.map((concert, index) => (
            <li key={concert.id} className={isPlain && index === 0 ? styles.first : undefined}>
              <ConcertCard concert={concert} isLarge={isPlain && index === 0} />
            </li>
          ))}
        </ul>
      )}
      {data && (search.cursor || data.next_cursor) && (
        <nav className={styles.pages}>
          {search.cursor && (
            <Link to={`?${parametersOf({ ...search, cursor: undefined })}`}>{text.first}</Link>
          )}
          {data.next_cursor && (
            <Link to={`?${parametersOf({ ...search, cursor: data.next_cursor })}`}>{text.next} →</Link>
          )}
        </nav>
      )}
    </>
  )
}
