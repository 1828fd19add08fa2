import { useQueryClient } from '@tanstack/react-query'
import { type Booking, cancelBooking, pricesOf } from '@/api/bookings'
import { invalidateBooking } from '@/api/organiser'
import { useIdempotentMutation } from '@/api/use-idempotent-mutation'
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
  const cancel = useIdempotentMutation({
    scope: `cancel:${booking.id}`,
    send: (id: string, _key, signal) => cancelBooking(id, signal),
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
      isPending={cancel.isPending}
      refusal={cancel.error && !cancel.isOutcomeUnknown ? problemText(cancel.error) : undefined}
      onConfirm={() => cancel.mutate(booking.id)}
      onClose={onClose}
    >
      <p>
        {text.cancelSeats(booking.tickets.length)} {money}
      </p>
      <RetryNotice mutation={cancel} of="cancelling" />
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
