import { Button, Group, Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Booking, pricesOf, updateCachedBooking } from '@/api/bookings'
import { useCancelBooking } from '@/api/use-cancel-booking'
import { useRefundableAmount } from '@/api/use-refundable-amount'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { problemText } from '@/kit/problem-text'
import { RetryNotice } from '@/kit/retry-notice'
import { bookingsMessages } from './messages'

/** Asks to confirm, because the seats are released. */
export function CancelBooking({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const queryClient = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  const { cancel, mutation } = useCancelBooking(booking, {
    onSuccess: (cancelled) => {
      setIsOpen(false)
      updateCachedBooking(queryClient, cancelled)
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
        <RetryNotice mutation={mutation} of="cancelling" />
        {!mutation.isOutcomeUnknown && Boolean(mutation.error) && (
          <p role="alert">{problemText(mutation.error)}</p>
        )}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setIsOpen(false)}>
            {text.cancelNo}
          </Button>
          <ActionButton color="red" loading={mutation.isPending} onClick={cancel}>
            {text.cancelYes}
          </ActionButton>
        </Group>
      </Modal>
    </>
  )
}

/** What is refunded to the customer; empty when nothing was paid. */
function useMoneyText(booking: Booking, isAsked: boolean): string {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  const back = useRefundableAmount(booking, isAsked)
  if (booking.status !== 'confirmed' || booking.total === 0) return ''
  if (!back) return text.cancelUnknown
  const { refundable, refunded } = back
  if (refundable === 0) return text.cancelAllBack
  const money = formats.moneyFormatter([...pricesOf(booking), refundable, refunded], booking.currency)
  return refunded === 0
    ? text.cancelMoney(money(refundable))
    : text.cancelRest(money(refundable), money(refunded))
}
