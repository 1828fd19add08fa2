import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { bookingsChanged, type PlaceBooking, placeBooking } from '@/api/bookings'
import { type Concert, concertQuery, type Section } from '@/api/concerts'
import { isProblem } from '@/api/problem'
import { useOutcome } from '@/api/use-outcome'
import { useSession } from '@/api/use-session'
import { type LogInState, ticketsOf, wishAfterLogIn } from './log-in-state'
import type { TicketChoice } from './use-ticket-choice'

type Outcome = {
  onPlaced?: (wish: PlaceBooking) => void
  onRefused?: (error: unknown, wish: PlaceBooking) => void
}

/** Tickets that cost something else than people were shown: nothing is booked until they agree. */
export type PriceChange = {
  /** How many tickets. */
  count: number
  /** The totals in minor units, as they were shown and as they are now. */
  before: number
  now: number
  currency: string
  /** Asks for the same tickets at the new total. */
  accept: () => void
}

/**
 * Takes tickets of a concert at the price that is shown, and goes on to pay for them; visitors log in first, and get them
 * when they come back.
 */
export function usePlaceBooking(
  concert: Pick<Concert, 'id'>,
  choice: TicketChoice,
  { onPlaced, onRefused }: Outcome = {},
) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search, state } = useLocation()
  const session = useSession()
  const { ask, ...outcome } = useOutcome({
    scope: `place:${concert.id}`,
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
    onRefused: (error, wish) => {
      if (isProblem(error, 'price_changed')) {
        void queries.invalidateQueries({ queryKey: concertQuery(concert.id).queryKey })
      }
      onRefused?.(error, wish)
    },
  })

  const wish = wishAfterLogIn(state)
  const isMember = session.status === 'member'
  useEffect(() => {
    if (wish === undefined || wish.concert_id !== concert.id || !isMember) return
    // Once: a reload of the page asks for nothing.
    void navigate(pathname + search, { replace: true, state: null })
    ask(wish)
  }, [wish, concert.id, isMember, pathname, search, navigate, ask])

  const { reset } = outcome
  const { quantity, category, forWhom, priceIn } = choice
  // biome-ignore lint/correctness/useExhaustiveDependencies: a refusal was about the tickets that were chosen before.
  useEffect(() => reset(), [quantity, category, reset])

  const place = (wanted: PlaceBooking) => {
    if (session.status === 'anonymous') {
      const here: LogInState = { from: pathname + search, wish: wanted }
      void navigate('/login', { state: here })
      return
    }
    ask(wanted)
  }
  return {
    ...outcome,
    priceChange: priceChangeOf(outcome, place),
    /** The best tickets of a section, as many as are chosen. */
    placeBest: (section: Section['code'], prices: Section['prices']) => {
      const price = priceIn({ prices })
      const total = price === undefined ? undefined : price * quantity
      place({ concert_id: concert.id, section, quantity, ...forWhom, ...expecting(total) })
    },
    /** These seats. Without a total, they are taken at any price. */
    placeSeats: (seats: string[], total: number | undefined) =>
      place({ concert_id: concert.id, seats, ...forWhom, ...expecting(total) }),
  }
}

export type Placing = ReturnType<typeof usePlaceBooking>

function expecting(total: number | undefined) {
  return total === undefined ? {} : { expected_total: total }
}

type Refused = { error: unknown; wish: PlaceBooking | undefined }

function priceChangeOf(
  { error, wish }: Refused,
  place: (wish: PlaceBooking) => void,
): PriceChange | undefined {
  if (!isProblem(error, 'price_changed')) return undefined
  const before = wish?.expected_total
  const { total: now, currency } = error.problem
  if (!wish || before == null || now === undefined || currency === undefined) return undefined
  return {
    count: ticketsOf(wish),
    before,
    now,
    currency,
    accept: () => place({ ...wish, expected_total: now }),
  }
}
