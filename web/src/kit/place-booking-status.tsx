import { Button } from '@mantine/core'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { placeBookingErrorText } from './place-booking-error-text'
import { placeBookingMessages } from './place-booking-messages'
import styles from './place-booking-status.module.css'
import { RetryNotice } from './retry-notice'
import type { PlaceBookingState, PriceChange } from './use-place-booking'

/** Shows why a booking was not placed, or not yet, and what to do. */
export function PlaceBookingStatus({ placing }: { placing: PlaceBookingState }) {
  const { error, isOutcomeUnknown, priceChange } = placing
  if (isOutcomeUnknown) return <RetryNotice mutation={placing} of="placing" />
  if (priceChange) return <PriceChangeNotice change={priceChange} />
  if (!error) return null
  return (
    <p className={styles.notice} role="alert">
      {placeBookingErrorText(error)}
    </p>
  )
}

function PriceChangeNotice({ change }: { change: PriceChange }) {
  const text = useMessages(placeBookingMessages).priceChanged
  const { count, before, now, currency } = change
  const price = useFormats().priceFormatter([before, now], currency)
  return (
    <div className={styles.notice} role="alert">
      <strong>{text.title}</strong>
      <p>{text.text(count, price(before), price(now))}</p>
      <Button variant="default" onClick={change.accept}>
        {text.accept}
      </Button>
    </div>
  )
}
