import { Button } from '@mantine/core'
import { useRef } from 'react'
import { flushSync } from 'react-dom'
import { useMessages } from '@/i18n/messages'
import { PlaceBookingStatus } from '@/kit/place-booking-status'
import { useRestoreFocus } from '@/kit/use-restore-focus'
import { seatsMessages } from './messages'
import { type SeatMapModel, seatIndexOf } from './seat-map-model'
import styles from './selection-summary.module.css'
import { usePreviousTotal } from './use-previous-total'
import type { Selection } from './use-selection'

type Props = {
  seatMap: SeatMapModel
  selection: Selection
  /** Formats an amount like all prices of the concert. */
  priceText: (minor: number) => string
}

/** The selected seats with their total, and the button that books them. */
export function SelectionSummary({ seatMap, selection, priceText }: Props) {
  const text = useMessages(seatsMessages)
  const { labels, unsold, lost, placing, isPending, isFull, max, total } = selection
  const { error, isOutcomeUnknown, priceChange } = placing
  const before = usePreviousTotal(selection.prices)
  const heading = useRef<HTMLHeadingElement>(null)
  const keepButton = useRef<HTMLButtonElement>(null)
  useRestoreFocus(keepButton, isPending)
  const isEmpty = labels.length === 0 && !lost && !error && !isOutcomeUnknown
  return (
    <section className={styles.summary} aria-labelledby="selection" data-empty={isEmpty || undefined}>
      <h2 id="selection" ref={heading} tabIndex={-1} className={styles.title}>
        {text.yours}
      </h2>
      <div aria-live="assertive">
        {lost && (
          <div className={styles.lost}>
            <strong>{text.lost.title}</strong>
            <p>{text.lost.text(lost.labels)}</p>
            {lost.alternatives.length > 0 ? (
              <Button
                size="sm"
                variant="default"
                onClick={() => {
                  // The button is removed, so the focus moves to the one that books the seats.
                  flushSync(selection.acceptAlternatives)
                  keepButton.current?.focus()
                }}
              >
                {text.lost.offer(lost.alternatives)}
              </Button>
            ) : (
              <p>{text.lost.none}</p>
            )}
          </div>
        )}
        {before !== undefined && !priceChange && (
          <p className={styles.lost}>{text.priceChanged(priceText(before))}</p>
        )}
      </div>
      <PlaceBookingStatus placing={placing} />
      {labels.length === 0 ? (
        <p className={styles.nothing}>{text.nothing}</p>
      ) : (
        <>
          <ul className={styles.chosen}>
            {labels.map((label) => (
              <li key={label}>
                {label}
                <button
                  type="button"
                  aria-label={text.remove(label)}
                  onClick={({ currentTarget }) => {
                    const item = currentTarget.closest('li')
                    const next = item?.nextElementSibling ?? item?.previousElementSibling
                    ;(next?.querySelector('button') ?? heading.current)?.focus()
                    const seat = seatIndexOf(seatMap, label)
                    if (seat !== undefined) selection.toggle(seat)
                  }}
                >
                  ×
                </button>
              </li>
            ))}
          </ul>
          {isFull && max !== undefined && <p className={styles.nothing}>{text.limit(max)}</p>}
          {unsold.length > 0 ? (
            <p className={styles.lost}>{text.unsold(unsold)}</p>
          ) : (
            <p className={styles.total}>
              {text.total} <strong>{priceText(total)}</strong>
            </p>
          )}
        </>
      )}
      <Button
        ref={keepButton}
        size="md"
        fullWidth
        disabled={labels.length === 0 || unsold.length > 0}
        loading={isPending}
        onClick={selection.placeSelected}
      >
        {labels.length === 0 ? text.keepNone : text.keep(labels.length)}
      </Button>
    </section>
  )
}
