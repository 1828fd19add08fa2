import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from 'react-router'
import { type Booking, bookingQuery, recentBookingsQuery } from '@/api/bookings'
import { api } from '@/api/client'
import { useIdempotencyKey } from '@/api/idempotency'
import { ConnectionError, unwrap } from '@/api/problem'
import type { components } from '@/api/schema'
import { useSession } from '@/api/use-session'

type Wish = components['schemas']['PlaceBooking']

/** Takes seats and goes on to pay for them; visitors log in first and come back to the page. */
export function usePlaceBooking() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  const session = useSession()
  const { keyOf, fulfilled } = useIdempotencyKey()
  const { mutate, ...mutation } = useMutation({
    mutationFn: (body: Wish) => {
      const params = { header: { 'Idempotency-Key': keyOf(body) } }
      return unwrap(api.POST('/bookings', { params, body }))
    },
    onSettled: (_booking, error) => {
      // After a lost answer the same wish must go out under the same key.
      if (!(error instanceof ConnectionError)) fulfilled()
    },
    onSuccess: (booking: Booking) => {
      queries.setQueryData(bookingQuery(booking.id).queryKey, booking)
      void queries.invalidateQueries({ queryKey: recentBookingsQuery.queryKey })
      const isFree = booking.status === 'confirmed'
      void navigate(isFree ? `/bookings/${booking.id}` : `/checkout/${booking.id}`, {
        state: isFree ? { isNew: true } : undefined,
      })
    },
  })
  const place = (wish: Wish, onRefused?: (error: unknown) => void) => {
    if (session.status === 'anonymous') {
      void navigate('/login', { state: { from: pathname + search } })
      return
    }
    mutate(wish, { onError: (error) => onRefused?.(error) })
  }
  return { ...mutation, place }
}
