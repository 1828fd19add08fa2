import type { PlaceBooking } from '@/api/bookings'

/** The location state of the log-in page. */
export type LogInState = {
  /** The URL to return to. */
  from: string
  /** The server ended the previous session. */
  ended?: boolean
  /** A booking that a visitor requested; it is placed after the log-in. */
  bookingRequest?: PlaceBooking
}

/** The location state of the page that the log-in returns to. */
type ReturnState = { bookingRequest: PlaceBooking }

function has<K extends string>(state: unknown, key: K): state is Record<K, unknown> {
  return typeof state === 'object' && state !== null && key in state
}

export function logInStateOf(state: unknown): LogInState {
  return {
    from: has(state, 'from') && typeof state.from === 'string' ? state.from : '/',
    ended: has(state, 'ended') && state.ended === true,
    ...(has(state, 'bookingRequest') && { bookingRequest: state.bookingRequest as PlaceBooking }),
  }
}

export function returnStateFor({ bookingRequest }: LogInState): ReturnState | undefined {
  return bookingRequest && { bookingRequest }
}

/** The booking that was requested before the log-in. */
export function bookingRequestAfterLogIn(state: unknown): PlaceBooking | undefined {
  return has(state, 'bookingRequest') && !has(state, 'from')
    ? (state.bookingRequest as PlaceBooking)
    : undefined
}

export function ticketCount(request: PlaceBooking): number {
  return 'seats' in request ? request.seats.length : request.quantity
}
