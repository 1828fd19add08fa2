import { useEffect, useRef } from 'react'
import { type ConcertFields, type ConcertForm, newConcert, newSection } from './form'

/** Typing goes on while it is written down. */
const PAUSE_MS = 400
const PREFIX = 'boxoffice.draft'

/** Where what is typed is kept in this tab: apart for each person and for each concert that is copied. */
export function autosaveKey(user: string | undefined, from: string | null): string {
  return [PREFIX, user ?? '', from ?? ''].join(' ')
}

function hasFieldsOf(value: unknown, sample: object): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return Object.entries(sample).every(([name, field]) => typeof fields.get(name) === typeof field)
}

/** What was typed before the page was loaded again; nothing when it is of another time and has other fields. */
export function loadAutosave(key: string): ConcertFields | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null')
    if (!hasFieldsOf(kept, newConcert())) return undefined
    const concert = kept as ConcertFields
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
 * Keeps what is typed, shortly after it was typed and when the page goes away. Call what is returned once it is saved: then
 * it is forgotten, also what was just about to be kept.
 */
export function useAutosave({ subscribe, getValues }: ConcertForm, key: string): () => void {
  const isSaved = useRef(false)
  useEffect(() => {
    isSaved.current = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const keep = () => {
      if (timer === undefined || isSaved.current) return
      clearTimeout(timer)
      timer = undefined
      sessionStorage.setItem(key, JSON.stringify(getValues()))
    }
    const stop = subscribe({
      formState: { values: true },
      callback: () => {
        clearTimeout(timer)
        timer = setTimeout(keep, PAUSE_MS)
      },
    })
    window.addEventListener('pagehide', keep)
    return () => {
      stop()
      window.removeEventListener('pagehide', keep)
      clearTimeout(timer)
    }
  }, [subscribe, getValues, key])
  return () => {
    isSaved.current = true
    clearAutosave(key)
  }
}
