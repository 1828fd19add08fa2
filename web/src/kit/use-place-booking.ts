import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { bookingsChanged, type PlaceBooking, placeBooking } from '@/api/bookings'
import { useOutcome } from '@/api/use-outcome'
import { useSession } from '@/api/use-session'
import { type LogInState, wishAfterLogIn } from './log-in-state'

type Outcome = {
  onPlaced?: (wish: PlaceBooking) => void
  onRefused?: (error: unknown, wish: PlaceBooking) => void
}

/** Takes seats of a concert and goes on to pay for them; visitors log in first, and get them when they come back. */
export function usePlaceBooking(concertId: string, { onPlaced, onRefused }: Outcome = {}) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search, state } = useLocation()
  const session = useSession()
  const { ask, ...outcome } = useOutcome({
    scope: `place:${concertId}`,
    resumes: true,
    send: placeBooking,
    onAnswered: (booking, wish: PlaceBooking, isHere) => {
      onPlaced?.(wish)
      bookingsChanged(queries, booking)
      if (!isHere) return
      const isFree = booking.status === 'confirmed'
      void navigate(isFree ? `/bookings/${booking.id}` : `/checkout/${booking.id}`, {
        state: isFree ? { isNew: true } : undefined,
      })
    },
    ...(onRefused && { onRefused }),
  })

  const wish = wishAfterLogIn(state)
  const isMember = session.status === 'member'
  useEffect(() => {
    if (wish === undefined || wish.concert_id !== concertId || !isMember) return
    // Once: a reload of the page asks for nothing.
    void navigate(pathname + search, { replace: true, state: null })
    ask(wish)
  }, [wish, concertId, isMember, pathname, search, navigate, ask])

  const place = (wanted: PlaceBooking) => {
    if (session.status === 'anonymous') {
      const here: LogInState = { from: pathname + search, wish: wanted }
      void navigate('/login', { state: here })
      return
    }
    ask(wanted)
  }
  return { ...outcome, place }
}
