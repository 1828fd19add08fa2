import { useEffect, useRef, useState } from 'react'
import type { Booking } from './bookings'
import { type Delta, type LiveState, watchConcert } from './live'

/** `onChange` is called at most this often, however fast a concert sells. */
const PAUSE_MS = 1_500

/**
 * Calls `onChange` for changes of a concert, throttled: at once for the first change, and once more after the last.
 * Returns the state of the connection. `concerns` filters the deltas.
 */
export function useConcertChanges(
  concertId: string,
  isWatched: boolean,
  onChange: () => void,
  concerns: (delta: Delta) => boolean = () => true,
): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const latest = useRef(onChange)
  latest.current = onChange
  const filter = useRef(concerns)
  filter.current = concerns
  useEffect(() => {
    if (!isWatched) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isDue = false
    const notify = () => {
      if (timer !== undefined) {
        isDue = true
        return
      }
      latest.current()
      timer = setTimeout(() => {
        timer = undefined
        if (!isDue) return
        isDue = false
        notify()
      }, PAUSE_MS)
    }
    const stop = watchConcert(concertId, {
      state: setState,
      delta: (delta) => filter.current(delta) && notify(),
      resync: notify,
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [concertId, isWatched])
  return state
}

/** Calls `onChange` when seats of the booking change, as by its cancellation. */
export function useBookingChanges(booking: Booking, isWatched: boolean, onChange: () => void): void {
  const seats = new Set(booking.tickets.map(({ seat }) => seat))
  useConcertChanges(booking.concert_id, isWatched, onChange, (delta) =>
    delta.seats.some(([label]) => seats.has(label)),
  )
}
