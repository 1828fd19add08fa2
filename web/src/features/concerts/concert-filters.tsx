import { type FocusEvent, type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { CONCERT_SEARCH_MAX } from '@/api/concerts'
import { useMessages } from '@/i18n/messages'
import { movesToLink } from '@/kit/focus'
import styles from './concert-filters.module.css'
import { concertsMessages } from './messages'
import { parametersOf, type Search, SORTS, WHENS } from './search'

/** The debounce of the search text. */
const PAUSE_MS = 300

type Props = {
  search: Search
  /** The server's error for the search text. */
  error?: string | undefined
  onSearch: (search: Search) => void
}

/** The list follows the search text after a debounce, and the other filters at once. */
export function ConcertFilters({ search, error, onSearch }: Props) {
  const text = useMessages(concertsMessages)
  const errorId = useId()
  const [words, setWords] = useState(search.text)
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined)
  // The last search; the URL may change a moment later.
  const asked = useRef(search)
  const address = parametersOf(search).toString()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `address` stands for the search.
  useEffect(() => {
    if (address === parametersOf(asked.current).toString()) return
    clearTimeout(pause.current)
    asked.current = search
    setWords(search.text)
  }, [address])
  useEffect(() => () => clearTimeout(pause.current), [])

  const ask = (change: Partial<Search>) => {
    clearTimeout(pause.current)
    const next = { ...asked.current, ...change, cursor: undefined }
    if (parametersOf(next).toString() === parametersOf(asked.current).toString()) return
    asked.current = next
    onSearch(next)
  }
  const type = (typed: string) => {
    setWords(typed)
    clearTimeout(pause.current)
    pause.current = setTimeout(() => ask({ text: typed.trim() }), PAUSE_MS)
  }
  // Another filter includes the text that was just typed.
  const choose = (change: Partial<Search>) => ask({ text: words.trim(), ...change })

  const leave = (event: FocusEvent) => {
    if (movesToLink(event)) clearTimeout(pause.current)
    else choose({})
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    choose({})
  }
  return (
    <search>
      <form className={styles.filters} onSubmit={submit} aria-label={text.filters}>
        <label className={styles.words}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13Zm5 11.500L20 20" />
          </svg>
          <input
            type="search"
            value={words}
            maxLength={CONCERT_SEARCH_MAX}
            placeholder={text.search}
            aria-label={text.search}
            aria-invalid={error !== undefined}
            aria-describedby={error === undefined ? undefined : errorId}
            onChange={(event) => type(event.currentTarget.value)}
            onBlur={leave}
          />
        </label>
        {error !== undefined && (
          <p id={errorId} className={styles.error} role="alert">
            {error}
          </p>
        )}
        <label className={styles.choice}>
          <span>{text.when}</span>
          <select
            value={search.when}
            onChange={(event) => {
              const when = WHENS.find((item) => item === event.currentTarget.value)
              if (when) choose({ when })
            }}
          >
            {WHENS.map((when) => (
              <option key={when} value={when}>
                {text.whens[when]}
              </option>
            ))}
          </select>
        </label>
        <label className={styles.choice}>
          <span>{text.sort}</span>
          <select
            value={search.sort}
            onChange={(event) => {
              const sort = SORTS.find((item) => item === event.currentTarget.value)
              if (sort) choose({ sort })
            }}
          >
            {SORTS.map((sort) => (
              <option key={sort} value={sort}>
                {text.sorts[sort]}
              </option>
            ))}
          </select>
        </label>
      </form>
    </search>
  )
}
