import type { PlaceBooking } from '@/api/bookings'

/** What the log-in page is told about where people come from. */
export type LogInState = {
  /** Where they wanted to be, and are taken afterwards. */
  from: string
  /** The server ended a session that they did not end. */
  ended?: boolean
  /** Seats they asked for without being logged in: taken as soon as they are. */
  wish?: PlaceBooking
}

/** What a page is told by the log-in page that leads back to it. */
type ReturnState = { wish: PlaceBooking }

function has<K extends string>(state: unknown, key: K): state is Record<K, unknown> {
  return typeof state === 'object' && state !== null && key in state
}

export function logInStateOf(state: unknown): LogInState {
  return {
    from: has(state, 'from') && typeof state.from === 'string' ? state.from : '/',
    ended: has(state, 'ended') && state.ended === true,
    ...(has(state, 'wish') && { wish: state.wish as PlaceBooking }),
  }
}

export function returnStateOf({ wish }: LogInState): ReturnState | undefined {
  return wish && { wish }
}

/** The seats that were asked for before the log-in; each page reads what it was told itself. */
export function wishAfterLogIn(state: unknown): PlaceBooking | undefined {
  return has(state, 'wish') && !has(state, 'from') ? (state.wish as PlaceBooking) : undefined
}

/** How many tickets a wish is for. */
export function ticketsOf(wish: PlaceBooking): number {
  return 'seats' in wish ? wish.seats.length : wish.quantity
}
