import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { unwrap } from './problem'
import type { components } from './schema'

export type Booking = components['schemas']['Booking']
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

/** Gives the seats of an unpaid booking back, or a paid one while the concert allows it. */
export function cancelBooking(id: string): Promise<Booking> {
  return unwrap(api.POST('/bookings/{id}/cancel', { params: { path: { id } } }))
}

export function paymentQuery(id: string) {
  return queryOptions({
    queryKey: ['payment', id],
    queryFn: ({ signal }) => unwrap(api.GET('/payments/{id}', { params: { path: { id } }, signal })),
  })
}
