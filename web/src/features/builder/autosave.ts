import { useEffect, useRef } from 'react'
import { type ConcertFields, type ConcertForm, newConcert, newSection } from './form'

/** The debounce of saving. */
const PAUSE_MS = 400
const PREFIX = 'boxoffice.draft'

/** The session storage key, one for each user and each copied concert. */
export function autosaveKey(user: string | undefined, from: string | null): string {
  return [PREFIX, user ?? '', from ?? ''].join(' ')
}

function hasFieldsOf(value: unknown, sample: object): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return Object.entries(sample).every(([name, field]) => typeof fields.get(name) === typeof field)
}

/** The saved input; `undefined` when it was saved by a version with other fields. */
export function loadAutosave(key: string): ConcertFields | undefined {
  try {
    const saved: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null')
    if (!hasFieldsOf(saved, newConcert())) return undefined
    const concert = saved as ConcertFields
    const isWhole = concert.sections.every((section) => hasFieldsOf(section, newSection('even', [])))
    return isWhole ? concert : undefined
  } catch {
    return undefined
  }
}

export function clearAutosave(key: string): void {
  sessionStorage.removeItem(key)
}

/**
 * Saves the form's values after a debounce and when the page is closed. Call the returned function after the concert
 * was created: it clears the saved values and stops saving.
 */
export function useAutosave({ subscribe, getValues }: ConcertForm, key: string): () => void {
  const isSaved = useRef(false)
  useEffect(() => {
    isSaved.current = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const save = () => {
      if (timer === undefined || isSaved.current) return
      clearTimeout(timer)
      timer = undefined
      sessionStorage.setItem(key, JSON.stringify(getValues()))
    }
    const stop = subscribe({
      formState: { values: true },
      callback: () => {
        clearTimeout(timer)
        timer = setTimeout(save, PAUSE_MS)
      },
    })
    window.addEventListener('pagehide', save)
    return () => {
      stop()
      window.removeEventListener('pagehide', save)
      clearTimeout(timer)
    }
  }, [subscribe, getValues, key])
  return () => {
    isSaved.current = true
    clearAutosave(key)
  }
}
