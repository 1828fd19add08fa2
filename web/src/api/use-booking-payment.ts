import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Booking, bookingQuery, type Payment, paymentQuery } from './bookings'

/**
 * What a page may say about the money of a booking. `deciding`: the bank, or the shop after it, has not decided;
 * `returning`: it was taken and goes back, because the booking is cancelled.
 */
export type PaymentStage = 'none' | 'unknown' | 'deciding' | 'failed' | 'paid' | 'returning' | 'returned'

function paymentStageOf(booking: Booking, payment: Payment | undefined): PaymentStage {
  if (!payment) return booking.payment_id ? 'unknown' : 'none'
  if (payment.status === 'pending') return 'deciding'
  if (payment.status === 'failed') return 'failed'
  if (booking.status === 'pending') return 'deciding'
  if (payment.refunded >= payment.amount) return 'returned'
  return booking.status === 'cancelled' ? 'returning' : 'paid'
}

/** What is asked for again until it is something else; a first answer that did not come, too. */
const POLLED_STAGES: ReadonlySet<PaymentStage> = new Set(['unknown', 'deciding', 'returning'])
const POLL_MS = 1_000
const POLL_MAX_MS = 10_000
const POLL_BACKOFF = 1.15

function pollIntervalMs(answers: number): number {
  return Math.min(POLL_MS * POLL_BACKOFF ** answers, POLL_MAX_MS)
}

/** Reads how the booking stands; what is known of it stays when that does not work. */
export async function refetchBooking(queryClient: QueryClient, id: string): Promise<void> {
  await queryClient.fetchQuery({ ...bookingQuery(id), staleTime: 0 }).catch(() => undefined)
  void queryClient.invalidateQueries({ queryKey: ['bookings'] })
}

/** The payment of a booking, asked for again while the bank decides and while the money goes back. */
export function useBookingPayment(booking: Booking, id = booking.payment_id ?? undefined) {
  const queryClient = useQueryClient()
  const known = paymentQuery(id ?? '')
  const { data, error, refetch } = useQuery({
    ...known,
    queryFn: async (context) => {
      const payment = await known.queryFn?.(context)
      if (!payment) throw new Error('a payment is read by its query')
      // The booking is read after the payment that changes it, so that no page sees the one without the other.
      if (payment.status !== 'pending') await refetchBooking(queryClient, booking.id)
      return payment
    },
    enabled: id !== undefined,
    refetchInterval: ({ state }) =>
      POLLED_STAGES.has(paymentStageOf(booking, state.data)) &&
      pollIntervalMs(state.dataUpdateCount + state.errorUpdateCount),
  })
  const payment = id === undefined ? undefined : data
  return { payment, stage: paymentStageOf(booking, payment), error, refetch }
}
