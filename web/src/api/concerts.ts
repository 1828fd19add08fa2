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

/** A concert as visitors see it. */
export function concertQuery(id: string) {
  return queryOptions({
    queryKey: ['concert', id],
    queryFn: ({ signal }) => unwrap(publicApi.GET('/concerts/{id}', { params: { path: { id } }, signal })),
  })
}

/** What is left of a concert; `useLive` keeps it true. */
export function availabilityQuery(id: string) {
  return queryOptions({
    queryKey: ['availability', id],
    queryFn: ({ signal }) =>
      unwrap(publicApi.GET('/concerts/{id}/availability', { params: { path: { id } }, signal })),
  })
}

/** A concert as its organiser sees it, also when it is a draft, with the tag that a change must name. */
export function managedConcertQuery(id: string) {
  return queryOptions({
    queryKey: ['managed-concert', id],
    queryFn: ({ signal }) => unwrap(api.GET('/concerts/{id}', { params: { path: { id } }, signal })),
  })
}
