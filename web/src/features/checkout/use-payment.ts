import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Booking, bookingQuery, paymentQuery } from '@/api/bookings'
import { api } from '@/api/client'
import { useIdempotencyKey } from '@/api/idempotency'
import { ConnectionError, isProblem, unwrap } from '@/api/problem'

/** How often a payment is asked for that the bank still thinks about. */
const POLL_MS = 1_000

/** Pays a booking, and waits for banks that take their time, also after a reload. */
export function usePayment(booking: Booking) {
  const queries = useQueryClient()
  const { keyOf, fulfilled } = useIdempotencyKey()
  const [attempt, setAttempt] = useState(0)
  const start = useMutation({
    mutationFn: (method: string) => {
      const body = { booking_id: booking.id, method }
      const params = { header: { 'Idempotency-Key': keyOf({ ...body, attempt }) } }
      return unwrap(api.POST('/payments', { params, body }))
    },
    onSuccess: (payment) => queries.setQueryData(paymentQuery(payment.id).queryKey, payment),
    onSettled: (_payment, error) => {
      if (error instanceof ConnectionError) return
      fulfilled()
      setAttempt((before) => before + 1)
    },
  })

  const id = start.data?.id ?? booking.payment_id ?? undefined
  const followed = useQuery({
    ...paymentQuery(id ?? ''),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? POLL_MS : false),
  })
  const payment = id === undefined ? undefined : followed.data
  const isWaiting = payment?.status === 'pending'
  const isDone = payment !== undefined && !isWaiting

  // What became of the payment shows in the booking; so does a payment that was started elsewhere, and the end of its time.
  const isOver = isProblem(
    start.error,
    'payment_in_progress',
    'booking_expired',
    'booking_not_payable',
    'already_cancelled',
  )
  useEffect(() => {
    if (!isDone && !isOver) return
    void queries.invalidateQueries({ queryKey: bookingQuery(booking.id).queryKey })
    void queries.invalidateQueries({ queryKey: ['bookings'] })
  }, [isDone, isOver, booking.id, queries])

  return {
    pay: start.mutate,
    isPaying: start.isPending,
    isWaiting,
    isDeclined: !start.isPending && payment?.status === 'failed',
    error: start.error,
  }
}
