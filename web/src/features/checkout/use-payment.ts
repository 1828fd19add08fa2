import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Booking, paymentQuery, startPayment } from '@/api/bookings'
import { isProblem } from '@/api/problem'
import { useOutcome } from '@/api/use-outcome'
import { readBookingAgain, usePaymentOf } from '@/api/use-payment-of'

/** Pays a booking, and waits for banks that take their time, also after a reload. */
export function usePayment(booking: Booking) {
  const queries = useQueryClient()
  const [started, setStarted] = useState<string>()
  const start = useOutcome({
    scope: `pay:${booking.id}`,
    resumes: true,
    send: async (method: string, key, late) => {
      const payment = await startPayment({ booking_id: booking.id, method }, key, late)
      if (payment.status !== 'pending') await readBookingAgain(queries, booking.id)
      queries.setQueryData(paymentQuery(payment.id).queryKey, payment)
      return payment
    },
    onAnswered: ({ id }) => {
      setStarted(id)
      void readBookingAgain(queries, booking.id)
    },
  })
  const { payment, stage } = usePaymentOf(booking, started ?? booking.payment_id ?? undefined)

  // A payment that was started elsewhere, and the end of the time to pay, show in the booking.
  const isOver = isProblem(start.error, 'payment_in_progress', 'booking_expired', 'booking_not_payable')
  useEffect(() => {
    if (isOver) void readBookingAgain(queries, booking.id)
  }, [isOver, booking.id, queries])
  return { payment, stage, start }
}
