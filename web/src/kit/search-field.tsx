import { TextInput } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { movesToLink } from './focus'

type Props = {
  label: string
  placeholder?: string
  value: string
  maxLength: number
  error?: string | undefined
  onSearch: (text: string) => void
}

/** The debounce of the search; the enter key searches at once. */
const PAUSE_MS = 350

/** A search field that is debounced. */
export function SearchField({ label, placeholder, value, maxLength, error, onSearch }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    // The URL has changed, as by the back button.
    if (input.current && input.current !== document.activeElement) input.current.value = value
  }, [value])
  // Other filters may have changed during the debounce.
  const latest = useRef({ value, onSearch })
  latest.current = { value, onSearch }
  const search = () => {
    clearTimeout(timer.current)
    const text = input.current?.value.trim() ?? ''
    if (text !== latest.current.value) latest.current.onSearch(text)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not supported by some browsers.
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        search()
      }}
    >
      <TextInput
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        defaultValue={value}
        maxLength={maxLength}
        error={error}
        onChange={() => {
          clearTimeout(timer.current)
          timer.current = setTimeout(search, PAUSE_MS)
        }}
        onBlur={(event) => {
          if (movesToLink(event)) clearTimeout(timer.current)
          else search()
        }}
      />
    </form>
  )
}
