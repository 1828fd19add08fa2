import { Button, Group, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Booking, bookingQuery, cancelBooking } from '@/api/bookings'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { problemText } from '@/kit/problem-text'
import { bookingsMessages } from './messages'

/** Asks once more, because the seats are gone afterwards. */
export function CancelBooking({ booking }: { booking: Booking }) {
  const text = useMessages(bookingsMessages)
  const formats = useFormats()
  const queries = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  const cancel = useMutation({
    mutationFn: () => cancelBooking(booking.id),
    onSuccess: (cancelled) => {
      setIsOpen(false)
      queries.setQueryData(bookingQuery(booking.id).queryKey, cancelled)
      void queries.invalidateQueries({ queryKey: ['bookings'] })
      void queries.invalidateQueries({ queryKey: ['payment'] })
    },
  })
  const isPaid = booking.status === 'confirmed'
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
        <p>{isPaid ? text.cancelText(formats.money(booking.total, booking.currency)) : text.cancelUnpaid}</p>
        {cancel.error && <p role="alert">{problemText(cancel.error)}</p>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setIsOpen(false)}>
            {text.cancelNo}
          </Button>
          <ActionButton color="red" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {text.cancelYes}
          </ActionButton>
        </Group>
      </Modal>
    </>
  )
}
