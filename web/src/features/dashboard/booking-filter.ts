import type { Booking } from '@/api/bookings'

export type BookingFilter = { text: string; status: Booking['status'] | '' }

export const STATUSES = ['pending', 'confirmed', 'cancelled'] as const satisfies readonly Booking['status'][]
/** More than anybody is called. */
export const SEARCH_MAX = 100

export function filterOf(parameters: URLSearchParams): BookingFilter {
  return {
    text: parameters.get('q')?.trim().slice(0, SEARCH_MAX) ?? '',
    status: STATUSES.find((status) => status === parameters.get('status')) ?? '',
  }
}

export function parametersOf({ text, status }: BookingFilter): URLSearchParams {
  const parameters = new URLSearchParams()
  if (text !== '') parameters.set('q', text)
  if (status !== '') parameters.set('status', status)
  return parameters
}

export function isFiltering({ text, status }: BookingFilter): boolean {
  return text !== '' || status !== ''
}

/** Whether a booking has the status, and the text in its reference, its customer or one of its seats. */
export function matches(booking: Booking, { text, status }: BookingFilter): boolean {
  if (status !== '' && booking.status !== status) return false
  const sought = text.toLowerCase()
  const seats = booking.tickets.map(({ seat }) => seat)
  const texts = [booking.reference, booking.customer?.name, booking.customer?.email]
  return (
    [...texts, ...seats].some((known) => known?.toLowerCase().includes(sought)) ||
    // People say references with blanks and dashes.
    booking.reference.toLowerCase() === sought.replace(/[\s-]/g, '')
  )
}
