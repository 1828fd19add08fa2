import { Button, Group, Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Booking, bookingsChanged, cancelBooking, pricesOf } from '@/api/bookings'
import { useMoneyBack } from '@/api/use-money-back'
import { useOutcome } from '@/api/use-outcome'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { problemText } from '@/kit/problem-text'
import { Unanswered } from '@/kit/unanswered'
import { bookingsMessages } from './messages'

/** Asks once more, because the seats are gone afterwards. */
export function CancelBooking({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const queries = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  const cancel = useOutcome({
    scope: `cancel:${booking.id}`,
    send: (id: string, _key, late) => cancelBooking(id, late),
    onAnswered: (cancelled) => {
      setIsOpen(false)
      bookingsChanged(queries, cancelled)
    },
  })
  const money = useMoneyText(booking, isOpen)
  return (
    <>
      <Button variant="subtle" color="red" onClick={() => setIsOpen(true)}>
        {text.cancel}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={text.cancelTitle}
        centered
        withCloseButton={false}
      >
        <p>
          {text.cancelSeats} {money}
        </p>
        <Unanswered outcome={cancel} of="cancelling" />
        {!cancel.isUnknown && Boolean(cancel.error) && <p role="alert">{problemText(cancel.error)}</p>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setIsOpen(false)}>
            {text.cancelNo}
          </Button>
          <ActionButton color="red" loading={cancel.isPending} onClick={() => cancel.ask(booking.id)}>
            {text.cancelYes}
          </ActionButton>
        </Group>
      </Modal>
    </>
  )
}

/** What the customer gets back; nothing is said where nothing was paid. */
function useMoneyText(booking: Booking, isAsked: boolean): string {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  const back = useMoneyBack(booking, isAsked)
  if (booking.status !== 'confirmed' || booking.total === 0) return ''
  if (!back) return text.cancelUnknown
  const { rest, refunded } = back
  if (rest === 0) return text.cancelAllBack
  const money = formats.moneyAlike([...pricesOf(booking), rest, refunded], booking.currency)
  return refunded === 0 ? text.cancelMoney(money(rest)) : text.cancelRest(money(rest), money(refunded))
}
