import { useQuery } from '@tanstack/react-query'
import { type Booking, refundsQuery } from './bookings'

/** What cancelling a paid booking returns, in minor units. */
type RefundableAmount = {
  /** What goes back to the customer. */
  refundable: number
  /** What was refunded before, or is on its way. */
  refunded: number
}

/**
 * What goes back when a booking is cancelled now: what was paid, less every refund that was asked for, also one that has
 * not arrived. `undefined` while that is not known. It is read when `isAsked`, each time again.
 */
export function useRefundableAmount(booking: Booking, isAsked = true): RefundableAmount | undefined {
  const { data, isFetching } = useQuery({
    ...refundsQuery(booking.payment_id ?? ''),
    staleTime: 0,
    enabled: isAsked && Boolean(booking.payment_id),
  })
  if (!data || isFetching) return undefined
  const refunded = data.items.reduce((sum, { amount }) => sum + amount, 0)
  return { refundable: booking.total - refunded, refunded }
}
