import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { type PlaceBooking, placeBooking, updateCachedBooking } from '@/api/bookings'
import { type Concert, concertQuery, type Section } from '@/api/concerts'
import { isProblem } from '@/api/problem'
import { useIdempotentMutation } from '@/api/use-idempotent-mutation'
import { useSession } from '@/api/use-session'
import { bookingRequestAfterLogIn, type LogInState, ticketCount } from './log-in-state'
import type { TicketChoice } from './use-ticket-choice'

type Callbacks = {
  onPlaced?: (request: PlaceBooking) => void
  onRefused?: (error: unknown, request: PlaceBooking) => void
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
  { onPlaced, onRefused }: Callbacks = {},
) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search, state } = useLocation()
  const session = useSession()
  const { mutate, ...mutation } = useIdempotentMutation({
    scope: `place:${concert.id}`,
    resumeAfterReload: true,
    send: placeBooking,
    onSuccess: (booking, request: PlaceBooking, isMounted) => {
      onPlaced?.(request)
      updateCachedBooking(queryClient, booking)
      if (!isMounted) return
      const isFree = booking.status === 'confirmed'
      void navigate(isFree ? `/bookings/${booking.id}` : `/checkout/${booking.id}`, {
        state: isFree ? { isNew: true } : undefined,
      })
    },
    onError: (error, request) => {
      if (isProblem(error, 'price_changed')) {
        void queryClient.invalidateQueries({ queryKey: concertQuery(concert.id).queryKey })
      }
      onRefused?.(error, request)
    },
  })

  const request = bookingRequestAfterLogIn(state)
  const isLoggedIn = session.status === 'authenticated'
  useEffect(() => {
    if (request === undefined || request.concert_id !== concert.id || !isLoggedIn) return
    // Once: a reload of the page asks for nothing.
    void navigate(pathname + search, { replace: true, state: null })
    mutate(request)
  }, [request, concert.id, isLoggedIn, pathname, search, navigate, mutate])

  const { reset } = mutation
  const { quantity, category, categoryParameter, priceIn } = choice
  // biome-ignore lint/correctness/useExhaustiveDependencies: a refusal was about the tickets that were chosen before.
  useEffect(() => reset(), [quantity, category, reset])

  const place = (wanted: PlaceBooking) => {
    if (session.status === 'anonymous') {
      const here: LogInState = { from: pathname + search, bookingRequest: wanted }
      void navigate('/login', { state: here })
      return
    }
    mutate(wanted)
  }
  return {
    ...mutation,
    priceChange: priceChangeOf(mutation, place),
    /** The best tickets of a section, as many as are chosen. */
    placeBest: (section: Section['code'], prices: Section['prices']) => {
      const price = priceIn({ prices })
      const total = price === undefined ? undefined : price * quantity
      place({ concert_id: concert.id, section, quantity, ...categoryParameter, ...expectedTotal(total) })
    },
    /** These seats. Without a total, they are taken at any price. */
    placeSeats: (seats: string[], total: number | undefined) =>
      place({ concert_id: concert.id, seats, ...categoryParameter, ...expectedTotal(total) }),
  }
}

export type PlaceBookingState = ReturnType<typeof usePlaceBooking>

function expectedTotal(total: number | undefined) {
  return total === undefined ? {} : { expected_total: total }
}

type MutationState = { error: unknown; variables: PlaceBooking | undefined }

function priceChangeOf(
  { error, variables: request }: MutationState,
  place: (request: PlaceBooking) => void,
): PriceChange | undefined {
  if (!isProblem(error, 'price_changed')) return undefined
  const before = request?.expected_total
  const { total: now, currency } = error.problem
  if (!request || before == null || now === undefined || currency === undefined) return undefined
  return {
    count: ticketCount(request),
    before,
    now,
    currency,
    accept: () => place({ ...request, expected_total: now }),
  }
}
