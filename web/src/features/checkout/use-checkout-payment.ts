import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Booking, paymentQuery, startPayment } from '@/api/bookings'
import { isProblem } from '@/api/problem'
import { refetchBooking, useBookingPayment } from '@/api/use-booking-payment'
import { useIdempotentMutation } from '@/api/use-idempotent-mutation'

/** Starts the payment of a booking and follows it, also after a reload. */
export function useCheckoutPayment(booking: Booking) {
  const queryClient = useQueryClient()
  const [started, setStarted] = useState<string>()
  const start = useIdempotentMutation({
    scope: `pay:${booking.id}`,
    resumeAfterReload: true,
    send: async (method: string, key, signal) => {
      const payment = await startPayment({ booking_id: booking.id, method }, key, signal)
      if (payment.status !== 'pending') await refetchBooking(queryClient, booking.id)
      queryClient.setQueryData(paymentQuery(payment.id).queryKey, payment)
      return payment
    },
    onSuccess: ({ id }) => {
      setStarted(id)
      void refetchBooking(queryClient, booking.id)
    },
  })
  const { payment, stage } = useBookingPayment(booking, started ?? booking.payment_id ?? undefined)

  // The booking shows a payment that was started in another tab, and an expired hold.
  const isOver = isProblem(start.error, 'payment_in_progress', 'booking_expired', 'booking_not_payable')
  useEffect(() => {
    if (isOver) void refetchBooking(queryClient, booking.id)
  }, [isOver, booking.id, queryClient])
  return { payment, stage, start }
}
