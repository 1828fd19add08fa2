import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { type Booking, bookingQuery } from './bookings'
import { api } from './client'
import { availabilityQuery, type Concert, concertQuery, managedConcertQuery } from './concerts'
import { unwrap } from './problem'
import type { components } from './schema'

export type CreateConcert = components['schemas']['CreateConcert']
export type ChangeConcert = components['schemas']['ChangeConcert']
export type Refund = components['schemas']['Refund']

/** The filter of "My concerts". */
export type MyConcertsSearch = {
  text: string
  when: 'ahead' | 'past' | 'all'
  cursor: string | undefined
}

/** The filter of a concert's bookings: by the beginning of a reference or an account, and by status. */
export type BookingsSearch = {
  text: string
  status: Booking['status'] | ''
  cursor: string | undefined
}

const CONCERTS_ON_A_PAGE = 25
const BOOKINGS_ON_A_PAGE = 50
const MY_CONCERTS = 'my-concerts'

/** The concerts of the user's organisers, in every state. `now` divides upcoming from past ones. */
export function myConcertsQuery({ text, when, cursor }: MyConcertsSearch, now: number) {
  const edge = new Date(now).toISOString()
  const query = {
    mine: true,
    limit: CONCERTS_ON_A_PAGE,
    sort: when === 'ahead' ? ('starts_at' as const) : ('-starts_at' as const),
    ...(when === 'ahead' && { from: edge }),
    ...(when === 'past' && { to: edge }),
    ...(text !== '' && { search: text }),
    ...(cursor !== undefined && { cursor }),
  }
  return queryOptions({
    queryKey: [MY_CONCERTS, query],
    queryFn: ({ signal }) => unwrap(api.GET('/concerts', { params: { query }, signal })),
    placeholderData: (before) => before,
  })
}

export function concertBookingsQuery(concertId: string, { text, status, cursor }: BookingsSearch) {
  const query = {
    concert_id: concertId,
    limit: BOOKINGS_ON_A_PAGE,
    ...(text !== '' && { search: text }),
    ...(status !== '' && { status }),
    ...(cursor !== undefined && { cursor }),
  }
  return queryOptions({
    queryKey: ['concert-bookings', concertId, query],
    queryFn: ({ signal }) => unwrap(api.GET('/bookings', { params: { query }, signal })),
    placeholderData: (before) => before,
  })
}

/** The seats of a section, also while the concert is a draft. */
export function managedSeatsQuery(id: string, section: string) {
  return queryOptions({
    queryKey: ['managed-seats', id, section],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/concerts/{id}/seats', { params: { path: { id }, query: { section } }, signal })),
  })
}

/** The availability, also while the concert is a draft. */
export function managedAvailabilityQuery(id: string) {
  return queryOptions({
    queryKey: ['managed-availability', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/concerts/{id}/availability', { params: { path: { id } }, signal })),
  })
}

export function createConcert(body: CreateConcert): Promise<Concert> {
  return unwrap(api.POST('/concerts', { body }))
}

/** Changes the concert at the revision that was read; refused as `outdated` when it was changed since. */
export function changeConcert({ id, revision }: Concert, body: ChangeConcert): Promise<Concert> {
  const header = { 'If-Match': `"${revision}"` }
  return unwrap(api.PATCH('/concerts/{id}', { params: { path: { id }, header }, body }))
}

export function publishConcert(id: string): Promise<Concert> {
  return unwrap(api.POST('/concerts/{id}/publish', { params: { path: { id } } }))
}

export function pauseConcert(id: string): Promise<Concert> {
  return unwrap(api.POST('/concerts/{id}/pause', { params: { path: { id } } }))
}

/** Deletes a draft; cancels a concert that was published, which is then returned. */
export async function removeConcert(id: string): Promise<Concert | undefined> {
  const left = await unwrap(api.DELETE('/concerts/{id}', { params: { path: { id } } }))
  return left || undefined
}

export function blockSeats(id: string, changes: { block?: string[]; unblock?: string[] }) {
  const body = { block: changes.block ?? [], unblock: changes.unblock ?? [] }
  return unwrap(api.PUT('/concerts/{id}/blocks', { params: { path: { id } }, body }))
}

/** Refunds an amount; without one it refunds the rest and cancels the booking. */
export function refundPayment(
  id: string,
  body: { amount?: number; reason: string },
  key: string,
  signal: AbortSignal,
): Promise<Refund> {
  const header = { 'Idempotency-Key': key }
  return unwrap(api.POST('/payments/{id}/refunds', { params: { path: { id }, header }, body, signal }))
}

/** Puts a changed concert into the cache and invalidates what depends on it. */
export function updateCachedConcert(
  queryClient: QueryClient,
  id: string,
  concert: Concert | undefined,
): void {
  const { queryKey } = managedConcertQuery(id)
  if (concert) queryClient.setQueryData(queryKey, concert)
  else queryClient.removeQueries({ queryKey })
  for (const key of [
    [MY_CONCERTS],
    ['concerts'],
    concertQuery(id).queryKey,
    availabilityQuery(id).queryKey,
    managedAvailabilityQuery(id).queryKey,
    ['sales', id],
    ['concert-bookings', id],
  ]) {
    void queryClient.invalidateQueries({ queryKey: key })
  }
}

/** Invalidates a booking and the lists and reports that depend on it. */
export function invalidateBooking(queryClient: QueryClient, concertId: string, bookingId: string): void {
  void queryClient.invalidateQueries({ queryKey: bookingQuery(bookingId).queryKey })
  void queryClient.invalidateQueries({ queryKey: ['payment'] })
  void queryClient.invalidateQueries({ queryKey: ['concert-bookings', concertId] })
  void queryClient.invalidateQueries({ queryKey: ['sales', concertId] })
}
