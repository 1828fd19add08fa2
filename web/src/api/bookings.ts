import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { unwrap } from './problem'
import type { components } from './schema'

export type Booking = components['schemas']['Booking']
export type PlaceBooking = components['schemas']['PlaceBooking']
type StartPayment = components['schemas']['StartPayment']
export type Payment = components['schemas']['Payment']

/** One's bookings, newest first: the first page, which holds all that are not paid yet. */
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

/** Takes seats; the same key takes them once, however often it is sent. */
export function placeBooking(body: PlaceBooking, key: string, signal: AbortSignal): Promise<Booking> {
  const params = { header: { 'Idempotency-Key': key } }
  return unwrap(api.POST('/bookings', { params, body, signal }))
}

/**
 * Gives the seats of an unpaid booking back, or a paid one while the concert allows it. One that is cancelled already, as
 * after an answer that was lost, or whose time has run out, is returned as it is.
 */
export function cancelBooking(id: string, signal?: AbortSignal): Promise<Booking> {
  return unwrap(api.POST('/bookings/{id}/cancel', { params: { path: { id } }, ...(signal && { signal }) }))
}

/** Starts a payment; the same key starts it once, however often it is sent. */
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

/** The refunds of a payment, oldest first: those that have arrived, and those that are still on their way. */
export function refundsQuery(paymentId: string) {
  return queryOptions({
    queryKey: ['payment', paymentId, 'refunds'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/payments/{id}/refunds', { params: { path: { id: paymentId } }, signal })),
  })
}

/** What each ticket of a booking costs. */
export function pricesOf({ tickets }: Booking): number[] {
  return tickets.map(({ price }) => price)
}

/** What was read about one's bookings before one of them was changed. */
export function updateCachedBooking(queryClient: QueryClient, booking: Booking): void {
  queryClient.setQueryData(bookingQuery(booking.id).queryKey, booking)
  void queryClient.invalidateQueries({ queryKey: ['bookings'] })
  void queryClient.invalidateQueries({ queryKey: ['payment'] })
}
