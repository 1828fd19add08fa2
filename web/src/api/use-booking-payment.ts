import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Booking, bookingQuery, type Payment, paymentQuery } from './bookings'

/**
 * What a page may say about the payment of a booking. `deciding`: the bank has not decided, or the booking is not
 * confirmed yet; `returning`: the booking is cancelled and a refund is pending.
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

/** The stages in which the payment is polled. `unknown` includes a first read that failed. */
const POLLED_STAGES: ReadonlySet<PaymentStage> = new Set(['unknown', 'deciding', 'returning'])
const POLL_MS = 1_000
const POLL_MAX_MS = 10_000
const POLL_BACKOFF = 1.15

function pollIntervalMs(answers: number): number {
  return Math.min(POLL_MS * POLL_BACKOFF ** answers, POLL_MAX_MS)
}

/** Fetches the booking again. The cached one stays when that fails. */
export async function refetchBooking(queryClient: QueryClient, id: string): Promise<void> {
  await queryClient.fetchQuery({ ...bookingQuery(id), staleTime: 0 }).catch(() => undefined)
  void queryClient.invalidateQueries({ queryKey: ['bookings'] })
}

/** The payment of a booking, polled while the bank decides and while a refund is pending. */
export function useBookingPayment(booking: Booking, id = booking.payment_id ?? undefined) {
  const queryClient = useQueryClient()
  const known = paymentQuery(id ?? '')
  const { data, error, refetch } = useQuery({
    ...known,
    queryFn: async (context) => {
      const payment = await known.queryFn?.(context)
      if (!payment) throw new Error('a payment is read by its query')
      // The payment changes the booking, so both are read before the page renders either.
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
