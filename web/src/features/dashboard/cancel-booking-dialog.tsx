import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Booking, cancelBooking } from '@/api/bookings'
import { bookingChanged } from '@/api/managing'
import { isProblem } from '@/api/problem'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ConfirmDialog } from '@/kit/confirm-dialog'
import { problemText } from '@/kit/problem-text'
import { dashboardMessages } from './messages'

type Props = { booking: Booking; onClose: () => void; onCancelled: () => void }

/** Gives the seats of a booking back, and its money when it was paid. */
export function CancelBookingDialog({ booking, onClose, onCancelled }: Props) {
  const text = useMessages(dashboardMessages).booking
  const formats = useFormats()
  const queries = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => cancelBooking(booking.id),
    onSuccess: () => {
      bookingChanged(queries, booking.concert_id, booking.id)
      onCancelled()
      onClose()
    },
    onError: () => bookingChanged(queries, booking.concert_id, booking.id),
  })
  const refusal = () => {
    if (!error) return undefined
    return isProblem(error, 'booking_expired', 'already_cancelled') ? text.gone : problemText(error)
  }
  const seats = booking.tickets.length
  const money = formats.money(booking.total, booking.currency)
  return (
    <ConfirmDialog
      title={text.askCancel(booking.reference)}
      confirm={text.cancel}
      isDangerous
      isPending={isPending}
      refusal={refusal()}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      <p>{booking.status === 'confirmed' ? text.cancelPaid(seats, money) : text.cancelUnpaid(seats)}</p>
    </ConfirmDialog>
  )
}
