import { queryOptions } from '@tanstack/react-query'
import { publicApi } from '@/api/client'
import { CONCERT_SEARCH_MAX } from '@/api/concerts'
import { unwrap } from '@/api/problem'

const WHENS = ['any', 'week', 'month', 'quarter'] as const
const SORTS = ['starts_at', '-starts_at', 'name'] as const
type When = (typeof WHENS)[number]
type Sort = (typeof SORTS)[number]

export { SORTS, WHENS }

const DAYS: Record<Exclude<When, 'any'>, number> = { week: 7, month: 30, quarter: 91 }
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** A multiple of two and three, the cards of a row. */
const PAGE = 24

/** The filters of the list, which are kept in the URL. */
export type Search = { text: string; when: When; sort: Sort; cursor: string | undefined }

function oneOf<T extends string>(known: readonly T[], text: string | null, otherwise: T): T {
  return known.find((value) => value === text) ?? otherwise
}

export function searchOf(parameters: URLSearchParams): Search {
  return {
    text: parameters.get('q')?.trim().slice(0, CONCERT_SEARCH_MAX) ?? '',
    when: oneOf(WHENS, parameters.get('when'), 'any'),
    sort: oneOf(SORTS, parameters.get('sort'), 'starts_at'),
    cursor: parameters.get('cursor') ?? undefined,
  }
}

/** The query string of a search; defaults are left out. */
export function parametersOf({ text, when, sort, cursor }: Search): URLSearchParams {
  const parameters = new URLSearchParams()
  if (text !== '') parameters.set('q', text)
  if (when !== 'any') parameters.set('when', when)
  if (sort !== 'starts_at') parameters.set('sort', sort)
  if (cursor !== undefined) parameters.set('cursor', cursor)
  return parameters
}

/** The end of the chosen period, rounded to the hour so that all pages of a list have the same filter. */
function endOf(when: When, now: number): string | undefined {
  if (when === 'any') return undefined
  const hour = Math.ceil(now / HOUR_MS) * HOUR_MS
  return new Date(hour + DAYS[when] * DAY_MS).toISOString()
}

export function concertsQuery({ text, when, sort, cursor }: Search, now: number) {
  const to = endOf(when, now)
  const query = {
    limit: PAGE,
    sort,
    ...(text !== '' && { search: text }),
    ...(to !== undefined && { to }),
    ...(cursor !== undefined && { cursor }),
  }
  return queryOptions({
    queryKey: ['concerts', query],
    queryFn: ({ signal }) => unwrap(publicApi.GET('/concerts', { params: { query }, signal })),
    placeholderData: (before) => before,
  })
}
