import { type FormEvent, useEffect, useState } from 'react'
import { useMessages } from '@/i18n/messages'
import styles from './concert-filters.module.css'
import { concertsMessages } from './messages'
import { SEARCH_MAX, type Search, SORTS, WHENS } from './search'

/** People type faster than lists should change. */
const PAUSE_MS = 300

type Props = { search: Search; onSearch: (search: Search) => void }

/** The list follows the words after a short pause, and the other choices at once. */
export function ConcertFilters({ search, onSearch }: Props) {
  const text = useMessages(concertsMessages)
  const [words, setWords] = useState(search.text)
  useEffect(() => setWords((typed) => (typed.trim() === search.text ? typed : search.text)), [search.text])

  // Another choice takes along the words that were just typed.
  const first = { ...search, text: words.trim(), cursor: undefined }
  const isNew = first.text !== search.text
  // biome-ignore lint/correctness/useExhaustiveDependencies: only new words start the pause.
  useEffect(() => {
    if (!isNew) return
    const timer = setTimeout(() => onSearch(first), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [words])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSearch(first)
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
            maxLength={SEARCH_MAX}
            placeholder={text.search}
            aria-label={text.search}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
        </label>
        <label className={styles.choice}>
          <span>{text.when}</span>
          <select
            value={search.when}
            onChange={(event) => {
              const when = WHENS.find((known) => known === event.currentTarget.value)
              if (when) onSearch({ ...first, when })
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
              const sort = SORTS.find((known) => known === event.currentTarget.value)
              if (sort) onSearch({ ...first, sort })
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
