import { useDeferredValue, useMemo } from 'react'
import { useWatch } from 'react-hook-form'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { parseMinorUnits } from '@/i18n/money'
import type { ConcertForm } from './form'
import { PRICE_COLORS } from './layout-drawing'
import styles from './layout-preview.module.css'
import { builderMessages } from './messages'
import { SeatMarking } from './seat-marking'
import { layoutOf, MARK_KINDS } from './seating-layout'

/** The layout of the current input, with the number of tickets and their value. */
export function LayoutPreview({ form }: { form: ConcertForm }) {
  const { control } = form
  const text = useMessages(builderMessages).preview
  const formats = useFormats()
  const sections = useDeferredValue(useWatch({ control, name: 'sections' }))
  const currency = useWatch({ control, name: 'currency' })
  const layout = useMemo(() => layoutOf(sections), [sections])
  const prices = [...new Set(layout.areas.map(({ price }) => price).filter((price) => price !== ''))]
  const worth = layout.areas.reduce(
    (sum, { price, tickets }) => sum + (parseMinorUnits(price, currency) ?? 0) * tickets,
    0,
  )
  const hasMarks = MARK_KINDS.filter((kind) => layout.areas.some(({ marks }) => marks[kind] !== ''))
  return (
    <section className={styles.preview} aria-labelledby="preview">
      <h2 id="preview">{text.title}</h2>
      <SeatMarking form={form} layout={layout} prices={prices} />
      <ul className={styles.legend}>
        {prices.map((price, index) => {
          const minor = parseMinorUnits(price, currency)
          return (
            <li key={price} data-ink={index % PRICE_COLORS}>
              {minor === undefined ? price : formats.money(minor, currency)}
            </li>
          )
        })}
        {hasMarks.map((kind) => (
          <li key={kind} data-mark={kind}>
            {text.marks[kind]}
          </li>
        ))}
      </ul>
      <dl className={styles.sums}>
        <dt>{text.tickets}</dt>
        <dd>{formats.number(layout.tickets)}</dd>
        <dt>{text.worth}</dt>
        <dd>{formats.money(worth, currency)}</dd>
      </dl>
    </section>
  )
}
