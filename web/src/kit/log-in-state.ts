import type { PlaceBooking } from '@/api/bookings'

/** What the log-in page is told about where people come from. */
export type LogInState = {
  /** Where they wanted to be, and are taken afterwards. */
  from: string
  /** The server ended a session that they did not end. */
  ended?: boolean
  /** Seats they asked for without being logged in: taken as soon as they are. */
  bookingRequest?: PlaceBooking
}

/** What a page is told by the log-in page that leads back to it. */
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

/** The seats that were asked for before the log-in; each page reads what it was told itself. */
export function bookingRequestAfterLogIn(state: unknown): PlaceBooking | undefined {
  return has(state, 'bookingRequest') && !has(state, 'from')
    ? (state.bookingRequest as PlaceBooking)
    : undefined
}

/** How many tickets a request is for. */
export function ticketCount(request: PlaceBooking): number {
  return 'seats' in request ? request.seats.length : request.quantity
}
