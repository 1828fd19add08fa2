import { Button } from '@mantine/core'
import { useRef } from 'react'
import { flushSync } from 'react-dom'
import { useMessages } from '@/i18n/messages'
import { PlacingNews } from '@/kit/placing-news'
import { useFocusWhenLost } from '@/kit/use-focus-when-lost'
import { seatsMessages } from './messages'
import { indexOf, type Plan } from './plan'
import styles from './tray.module.css'
import { usePriceBefore } from './use-price-before'
import type { Selection } from './use-selection'

type Props = {
  plan: Plan
  selection: Selection
  /** Writes an amount as all prices of the house are written. */
  priceText: (minor: number) => string
}

/** What was chosen, what it costs together, and the way on. */
export function Tray({ plan, selection, priceText }: Props) {
  const text = useMessages(seatsMessages)
  const { labels, unsold, lost, placing, isPending, isFull, max, total } = selection
  const { error, isUnknown, priceChange } = placing
  const before = usePriceBefore(selection.prices)
  const heading = useRef<HTMLHeadingElement>(null)
  const keep = useRef<HTMLButtonElement>(null)
  useFocusWhenLost(keep, isPending)
  const isEmpty = labels.length === 0 && !lost && !error && !isUnknown
  return (
    <section className={styles.tray} aria-labelledby="tray" data-empty={isEmpty || undefined}>
      <h2 id="tray" ref={heading} tabIndex={-1} className={styles.title}>
        {text.yours}
      </h2>
      <div aria-live="assertive">
        {lost && (
          <div className={styles.lost}>
            <strong>{text.lost.title}</strong>
            <p>{text.lost.text(lost.labels)}</p>
            {lost.instead.length > 0 ? (
              <Button
                size="sm"
                variant="default"
                onClick={() => {
                  // The offer goes; the keyboard goes on where it is accepted.
                  flushSync(selection.takeInstead)
                  keep.current?.focus()
                }}
              >
                {text.lost.offer(lost.instead)}
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
      <PlacingNews placing={placing} />
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
                    const seat = indexOf(plan, label)
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
        ref={keep}
        size="md"
        fullWidth
        disabled={labels.length === 0 || unsold.length > 0}
        loading={isPending}
        onClick={selection.keep}
      >
        {labels.length === 0 ? text.keepNone : text.keep(labels.length)}
      </Button>
    </section>
  )
}
