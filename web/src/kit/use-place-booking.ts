import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from 'react-router'
import { type Booking, bookingQuery, recentBookingsQuery } from '@/api/bookings'
import { api } from '@/api/client'
import { useIdempotencyKey } from '@/api/idempotency'
import { ConnectionError, unwrap } from '@/api/problem'
import type { components } from '@/api/schema'
import { useSession } from '@/api/use-session'

type Wish = components['schemas']['PlaceBooking']
type Outcome = { onPlaced?: () => void; onRefused?: (error: unknown) => void }

/** Takes seats and goes on to pay for them; visitors log in first and come back to the page. */
export function usePlaceBooking() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  const session = useSession()
  const { keyOf, fulfilled } = useIdempotencyKey()
  const { mutate, ...mutation } = useMutation({
    mutationFn: ({ wish: body }: { wish: Wish } & Outcome) => {
      const params = { header: { 'Idempotency-Key': keyOf(body) } }
      return unwrap(api.POST('/bookings', { params, body }))
    },
    onSettled: (_booking, error) => {
      // After a lost answer the same wish must go out under the same key.
      if (!(error instanceof ConnectionError)) fulfilled()
    },
    onError: (error, { onRefused }) => onRefused?.(error),
    onSuccess: (booking: Booking, { onPlaced }) => {
      onPlaced?.()
      queries.setQueryData(bookingQuery(booking.id).queryKey, booking)
      void queries.invalidateQueries({ queryKey: recentBookingsQuery.queryKey })
      const isFree = booking.status === 'confirmed'
      void navigate(isFree ? `/bookings/${booking.id}` : `/checkout/${booking.id}`, {
        state: isFree ? { isNew: true } : undefined,
      })
    },
  })
  const place = (wish: Wish, outcome: Outcome = {}) => {
    if (session.status === 'anonymous') {
      void navigate('/login', { state: { from: pathname + search } })
      return
    }
    mutate({ wish, ...outcome })
  }
  return { ...mutation, place }
}
