import type { BookingsSearch } from '@/api/organiser'

export const STATUSES = [
  'pending',
  'confirmed',
  'cancelled',
] as const satisfies readonly BookingsSearch['status'][]
/** The server's limits of a search text. */
export const SEARCH_MIN = 3
export const SEARCH_MAX = 100

/** Parses the query string. */
export function searchOf(parameters: URLSearchParams): BookingsSearch {
  return {
    text: parameters.get('q')?.trim().slice(0, SEARCH_MAX) ?? '',
    status: STATUSES.find((status) => status === parameters.get('status')) ?? '',
    cursor: parameters.get('cursor') ?? undefined,
  }
}

export function parametersOf({ text, status, cursor }: BookingsSearch): URLSearchParams {
  const parameters = new URLSearchParams()
  if (text !== '') parameters.set('q', text)
  if (status !== '') parameters.set('status', status)
  if (cursor !== undefined) parameters.set('cursor', cursor)
  return parameters
}

export function isFiltering({ text, status }: BookingsSearch): boolean {
  return text !== '' || status !== ''
}

export function isTooShort({ text }: BookingsSearch): boolean {
  return text !== '' && [...text].length < SEARCH_MIN
}
