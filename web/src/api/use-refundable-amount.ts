import { useQuery } from '@tanstack/react-query'
import { type Booking, refundsQuery } from './bookings'

/** Amounts in minor units. */
type RefundableAmount = {
  /** What a cancellation refunds to the customer. */
  refundable: number
  /** What was refunded before, including pending refunds. */
  refunded: number
}

/**
 * What a cancellation refunds now: the total less all refunds, including pending ones. `undefined` until it has been
 * read; it is read each time that `isAsked` becomes true.
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
