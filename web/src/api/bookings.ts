import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { unwrap } from './problem'
import type { components } from './schema'

export type Booking = components['schemas']['Booking']
export type PlaceBooking = components['schemas']['PlaceBooking']
type StartPayment = components['schemas']['StartPayment']
export type Payment = components['schemas']['Payment']

/** The first page of the user's bookings, newest first. It holds all unpaid ones. */
export const recentBookingsQuery = queryOptions({
  queryKey: ['bookings', 'recent'],
  queryFn: ({ signal }) => unwrap(api.GET('/bookings', { params: { query: {} }, signal })),
})

export function bookingQuery(id: string) {
  return queryOptions({
    queryKey: ['booking', id],
    queryFn: ({ signal }) => unwrap(api.GET('/bookings/{id}', { params: { path: { id } }, signal })),
  })
}

/** Repeating the request under the same key places one booking. */
export function placeBooking(body: PlaceBooking, key: string, signal: AbortSignal): Promise<Booking> {
  const params = { header: { 'Idempotency-Key': key } }
  return unwrap(api.POST('/bookings', { params, body, signal }))
}

/**
 * Cancels an unpaid booking, or a paid one while the concert's terms allow it. A booking that is already cancelled or
 * expired is returned unchanged, so repeating a lost request is safe.
 */
export function cancelBooking(id: string, signal?: AbortSignal): Promise<Booking> {
  return unwrap(api.POST('/bookings/{id}/cancel', { params: { path: { id } }, ...(signal && { signal }) }))
}

/** Repeating the request under the same key starts one payment. */
export function startPayment(body: StartPayment, key: string, signal: AbortSignal): Promise<Payment> {
  const params = { header: { 'Idempotency-Key': key } }
  return unwrap(api.POST('/payments', { params, body, signal }))
}

export function paymentQuery(id: string) {
  return queryOptions({
    queryKey: ['payment', id],
    queryFn: ({ signal }) => unwrap(api.GET('/payments/{id}', { params: { path: { id } }, signal })),
  })
}

/** The refunds of a payment, oldest first, including pending ones. */
export function refundsQuery(paymentId: string) {
  return queryOptions({
    queryKey: ['payment', paymentId, 'refunds'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/payments/{id}/refunds', { params: { path: { id: paymentId } }, signal })),
  })
}

export function pricesOf({ tickets }: Booking): number[] {
  return tickets.map(({ price }) => price)
}

/** Puts a changed booking into the cache and invalidates the lists and payments that depend on it. */
export function updateCachedBooking(queryClient: QueryClient, booking: Booking): void {
  queryClient.setQueryData(bookingQuery(booking.id).queryKey, booking)
  void queryClient.invalidateQueries({ queryKey: ['bookings'] })
  void queryClient.invalidateQueries({ queryKey: ['payment'] })
}
