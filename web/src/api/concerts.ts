import { queryOptions } from '@tanstack/react-query'
import { api, publicApi } from './client'
import { unwrap } from './problem'
import type { components } from './schema'

export type Concert = components['schemas']['Concert']
export type ConcertSummary = components['schemas']['ConcertSummary']
export type ConcertStatus = components['schemas']['ConcertStatus']
export type Section = components['schemas']['Section']
export type Availability = components['schemas']['Availability']
export type SectionAvailability = components['schemas']['SectionAvailability']
export type Seats = components['schemas']['Seats']

/** The longest search text of the pages. The server accepts more, but only words of at most 64 letters. */
export const CONCERT_SEARCH_MAX = 100

/** The public view of a concert. */
export function concertQuery(id: string) {
  return queryOptions({
    queryKey: ['concert', id],
    queryFn: ({ signal }) => unwrap(publicApi.GET('/concerts/{id}', { params: { path: { id } }, signal })),
  })
}

/** The available tickets of a concert; `useLiveAvailability` keeps them current. */
export function availabilityQuery(id: string) {
  return queryOptions({
    queryKey: ['availability', id],
    queryFn: ({ signal }) =>
      unwrap(publicApi.GET('/concerts/{id}/availability', { params: { path: { id } }, signal })),
  })
}

/** The organiser's view of a concert, including drafts, with the revision that `If-Match` takes. */
export function managedConcertQuery(id: string) {
  return queryOptions({
    queryKey: ['managed-concert', id],
    queryFn: ({ signal }) => unwrap(api.GET('/concerts/{id}', { params: { path: { id } }, signal })),
  })
}
