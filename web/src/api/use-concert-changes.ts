import { useEffect, useRef, useState } from 'react'
import type { Booking } from './bookings'
import { type Delta, type LiveState, watchConcert } from './live'

/** Reports are asked for again at most this often, however fast a concert sells. */
const PAUSE_MS = 1_500

/**
 * Calls `onChange` when something happened to a concert that is watched, at once the first time and then at most every
 * now and then, the last time after the last change. Says whether that works. `concerns` picks out changes of seats.
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
  const picked = useRef(concerns)
  picked.current = concerns
  useEffect(() => {
    if (!isWatched) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isDue = false
    const tell = () => {
      if (timer !== undefined) {
        isDue = true
        return
      }
      latest.current()
      timer = setTimeout(() => {
        timer = undefined
        if (!isDue) return
        isDue = false
        tell()
      }, PAUSE_MS)
    }
    const stop = watchConcert(concertId, {
      state: setState,
      delta: (delta) => picked.current(delta) && tell(),
      resync: tell,
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [concertId, isWatched])
  return state
}

/** Calls `onChange` when something happened to the seats of a booking, such as its cancellation. */
export function useBookingChanges(booking: Booking, isWatched: boolean, onChange: () => void): void {
  const seats = new Set(booking.tickets.map(({ seat }) => seat))
  useConcertChanges(booking.concert_id, isWatched, onChange, (delta) =>
    delta.seats.some(([label]) => seats.has(label)),
  )
}
