import { Alert } from '@mantine/core'
import type { PlaceBooking } from '@/api/bookings'
import { useMessages } from '@/i18n/messages'
import { ticketCount } from '@/kit/log-in-state'
import { accountMessages } from './messages'

type Props = { bookingRequest: PlaceBooking | undefined; of: 'logIn' | 'register' }

/** Tells visitors that their seats are booked after the log-in. */
export function LogInReason({ bookingRequest, of }: Props) {
  const text = useMessages(accountMessages).keep
  if (bookingRequest === undefined) return null
  return <Alert title={text[of](ticketCount(bookingRequest))}>{text.text}</Alert>
}
