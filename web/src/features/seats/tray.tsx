import { Button } from '@mantine/core'
import { useRef } from 'react'
import { flushSync } from 'react-dom'
import type { Concert } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { placingText } from '@/kit/placing-text'
import { Unanswered } from '@/kit/unanswered'
import { useFocusWhenLost } from '@/kit/use-focus-when-lost'
import { seatsMessages } from './messages'
import { type Area, indexOf, type Plan, seatAt } from './plan'
import styles from './tray.module.css'
import { usePriceBefore } from './use-price-before'
import type { Selection } from './use-selection'

type Props = {
  concert: Concert
  plan: Plan
  selection: Selection
  /** For whom the tickets are. */
  category: string
  priceIn: (area: Area) => number | undefined
}

/** What was chosen, what it costs together, and the way on. */
export function Tray({ concert, plan, selection, category, priceIn }: Props) {
  const text = useMessages(seatsMessages)
  const formats = useFormats()
  const { labels, lost, placing, isPending, isFull, max } = selection
  const { error, isUnknown } = placing
  const prices = new Map(
    labels.map((label) => {
      const at = seatAt(plan, indexOf(plan, label) ?? -1)
      return [`${label} ${category}`, at ? (priceIn(at.area) ?? 0) : 0]
    }),
  )
  const total = [...prices.values()].reduce((sum, price) => sum + price, 0)
  const before = usePriceBefore(prices)
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
        {before !== undefined && (
          <p className={styles.lost}>{text.priceChanged(formats.money(before, concert.currency))}</p>
        )}
        <Unanswered outcome={placing} of="placing" />
        {Boolean(error) && !isUnknown && <p className={styles.lost}>{placingText(error)}</p>}
      </div>
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
          <p className={styles.total}>
            {text.total} <strong>{formats.price(total, concert.currency)}</strong>
          </p>
        </>
      )}
      <Button
        ref={keep}
        size="md"
        fullWidth
        disabled={labels.length === 0}
        loading={isPending}
        onClick={selection.keep}
      >
        {labels.length === 0 ? text.keepNone : text.keep(labels.length)}
      </Button>
    </section>
  )
}
