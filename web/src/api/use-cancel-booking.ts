import { type Booking, cancelBooking } from './bookings'
import { useIdempotentMutation } from './use-idempotent-mutation'

type Callbacks = {
  /** `isMounted` is false when the page was left before the answer came. */
  onSuccess: (cancelled: Booking, isMounted: boolean) => void
  onError?: () => void
}

/** Cancels a booking. `mutation` is the state of the request. */
export function useCancelBooking({ id }: Booking, { onSuccess, onError }: Callbacks) {
  const mutation = useIdempotentMutation({
    scope: `cancel:${id}`,
    send: (bookingId: string, _key, signal) => cancelBooking(bookingId, signal),
    onSuccess: (cancelled, _id, isMounted) => onSuccess(cancelled, isMounted),
    ...(onError && { onError }),
  })
  return { cancel: () => mutation.mutate(id), mutation }
}
