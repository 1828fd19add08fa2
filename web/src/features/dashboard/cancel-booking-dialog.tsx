import { useQueryClient } from '@tanstack/react-query'
import { type Booking, cancelBooking, pricesOf } from '@/api/bookings'
import { bookingChanged } from '@/api/managing'
import { useMoneyBack } from '@/api/use-money-back'
import { useOutcome } from '@/api/use-outcome'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ConfirmDialog } from '@/kit/confirm-dialog'
import { problemText } from '@/kit/problem-text'
import { Unanswered } from '@/kit/unanswered'
import { dashboardMessages } from './messages'

type Props = { booking: Booking; onClose: () => void; onSaid: (said: string) => void }

/** Gives the seats of a booking back, and its money when it was paid. */
export function CancelBookingDialog({ booking, onClose, onSaid }: Props) {
  const text = useMessages(dashboardMessages).booking
  const money = useMoneyText(booking)
  const queries = useQueryClient()
  const cancel = useOutcome({
    scope: `cancel:${booking.id}`,
    send: (id: string, _key, late) => cancelBooking(id, late),
    onAnswered: ({ cancel_reason }) => {
      bookingChanged(queries, booking.concert_id, booking.id)
      onSaid(cancel_reason === 'expired' || cancel_reason === 'user' ? text.gone : text.cancelled)
      onClose()
    },
    onRefused: () => bookingChanged(queries, booking.concert_id, booking.id),
  })
  return (
    <ConfirmDialog
      title={text.askCancel(booking.reference)}
      confirm={text.cancel}
      isDangerous
      isPending={cancel.isPending}
      refusal={cancel.error && !cancel.isUnknown ? problemText(cancel.error) : undefined}
      onConfirm={() => cancel.ask(booking.id)}
      onClose={onClose}
    >
      <p>
        {text.cancelSeats(booking.tickets.length)} {money}
      </p>
      <Unanswered outcome={cancel} of="cancelling" />
    </ConfirmDialog>
  )
}

/** What a cancellation means for the customer's money. */
function useMoneyText(booking: Booking): string {
  const text = useMessages(dashboardMessages).booking
  const formats = useFormats()
  const back = useMoneyBack(booking)
  if (booking.total === 0) return text.cancelFree
  if (booking.status === 'pending') return text.cancelNotPaid
  if (!back) return text.cancelUnknown
  const { rest, refunded } = back
  if (rest === 0) return text.cancelAllBack
  const money = formats.moneyAlike([...pricesOf(booking), rest, refunded], booking.currency)
  if (refunded === 0) return text.cancelMoney(money(rest))
  return text.cancelRest(money(rest), money(booking.total), money(refunded))
}
