import { Button } from '@mantine/core'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { placingMessages } from './placing-messages'
import styles from './placing-news.module.css'
import { placingText } from './placing-text'
import { Unanswered } from './unanswered'
import type { Placing, PriceChange } from './use-place-booking'

/** Why tickets that were asked for are not kept, or not yet, and what to do; else nothing. */
export function PlacingNews({ placing }: { placing: Placing }) {
  const { error, isUnknown, priceChange } = placing
  if (isUnknown) return <Unanswered outcome={placing} of="placing" />
  if (priceChange) return <ChangedPrice change={priceChange} />
  if (!error) return null
  return (
    <p className={styles.news} role="alert">
      {placingText(error)}
    </p>
  )
}

function ChangedPrice({ change }: { change: PriceChange }) {
  const text = useMessages(placingMessages).priceChanged
  const { count, before, now, currency } = change
  const price = useFormats().pricesAlike([before, now], currency)
  return (
    <div className={styles.news} role="alert">
      <strong>{text.title}</strong>
      <p>{text.text(count, price(before), price(now))}</p>
      <Button variant="default" onClick={change.accept}>
        {text.accept}
      </Button>
    </div>
  )
}
