import { useQueryClient } from '@tanstack/react-query'
import { type Booking, pricesOf } from '@/api/bookings'
import { invalidateBooking } from '@/api/organiser'
import { useCancelBooking } from '@/api/use-cancel-booking'
import { useRefundableAmount } from '@/api/use-refundable-amount'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ConfirmDialog } from '@/kit/confirm-dialog'
import { problemText } from '@/kit/problem-text'
import { RetryNotice } from '@/kit/retry-notice'
import { dashboardMessages } from './messages'

type Props = { booking: Booking; onClose: () => void; onAnnounce: (announcement: string) => void }

/** Cancels a booking, which releases its seats and refunds its payment. */
export function CancelBookingDialog({ booking, onClose, onAnnounce }: Props) {
  const text = useMessages(dashboardMessages).booking
  const money = useMoneyText(booking)
  const queryClient = useQueryClient()
  const { cancel, mutation } = useCancelBooking(booking, {
    onSuccess: ({ cancel_reason }) => {
      invalidateBooking(queryClient, booking.concert_id, booking.id)
      onAnnounce(cancel_reason === 'expired' || cancel_reason === 'user' ? text.gone : text.cancelled)
      onClose()
    },
    onError: () => invalidateBooking(queryClient, booking.concert_id, booking.id),
  })
  return (
    <ConfirmDialog
      title={text.askCancel(booking.reference)}
      confirm={text.cancel}
      isDangerous
      isPending={mutation.isPending}
      refusal={mutation.error && !mutation.isOutcomeUnknown ? problemText(mutation.error) : undefined}
      onConfirm={cancel}
      onClose={onClose}
    >
      <p>
        {text.cancelSeats(booking.tickets.length)} {money}
      </p>
      <RetryNotice mutation={mutation} of="cancelling" />
    </ConfirmDialog>
  )
}

/** What a cancellation refunds. */
function useMoneyText(booking: Booking): string {
  const text = useMessages(dashboardMessages).booking
  const formats = useFormats()
  const back = useRefundableAmount(booking)
  if (booking.total === 0) return text.cancelFree
  if (booking.status === 'pending') return text.cancelNotPaid
  if (!back) return text.cancelUnknown
  const { refundable, refunded } = back
  if (refundable === 0) return text.cancelAllBack
  const money = formats.moneyFormatter([...pricesOf(booking), refundable, refunded], booking.currency)
  if (refunded === 0) return text.cancelMoney(money(refundable))
  return text.cancelRest(money(refundable), money(booking.total), money(refunded))
}
