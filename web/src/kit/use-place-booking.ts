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

/** The total has changed since it was shown. Nothing is booked until the customer accepts the new one. */
export type PriceChange = {
  count: number
  /** The totals in minor units, as shown and current. */
  before: number
  now: number
  currency: string
  /** Places the same booking at the new total. */
  accept: () => void
}

/**
 * Places a booking at the total that is shown, then opens the checkout. Visitors log in first; the booking is placed
 * when they return.
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
    // Cleared, so that a reload does not place it again.
    void navigate(pathname + search, { replace: true, state: null })
    mutate(request)
  }, [request, concert.id, isLoggedIn, pathname, search, navigate, mutate])

  const { reset } = mutation
  const { quantity, category, categoryParameter, priceIn } = choice
  // biome-ignore lint/correctness/useExhaustiveDependencies: an error belongs to the previous choice.
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
    /** Books the best available tickets of a section. */
    placeBest: (section: Section['code'], prices: Section['prices']) => {
      const price = priceIn({ prices })
      const total = price === undefined ? undefined : price * quantity
      place({ concert_id: concert.id, section, quantity, ...categoryParameter, ...expectedTotal(total) })
    },
    /** Books these seats. Without a total any price is accepted. */
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
