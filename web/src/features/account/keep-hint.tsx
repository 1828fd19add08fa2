import { Alert } from '@mantine/core'
import type { PlaceBooking } from '@/api/bookings'
import { useMessages } from '@/i18n/messages'
import { ticketsOf } from '@/kit/log-in-state'
import { accountMessages } from './messages'

type Props = { wish: PlaceBooking | undefined; of: 'logIn' | 'register' }

/** Why people were led here: they had asked for seats. */
export function KeepHint({ wish, of }: Props) {
  const text = useMessages(accountMessages).keep
  if (wish === undefined) return null
  return <Alert title={text[of](ticketsOf(wish))}>{text.text}</Alert>
}
