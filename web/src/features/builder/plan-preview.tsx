import { useDeferredValue, useMemo } from 'react'
import { useWatch } from 'react-hook-form'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { minorOf } from '@/i18n/money'
import type { ConcertForm } from './form'
import { hallOf, MARK_KINDS } from './hall'
import { builderMessages } from './messages'
import { INKS } from './plan-drawing'
import { PlanMarking } from './plan-marking'
import styles from './plan-preview.module.css'

/** The hall as it has been typed so far, with what it holds. */
export function PlanPreview({ form }: { form: ConcertForm }) {
  const { control } = form
  const text = useMessages(builderMessages).preview
  const formats = useFormats()
  const sections = useDeferredValue(useWatch({ control, name: 'sections' }))
  const currency = useWatch({ control, name: 'currency' })
  const hall = useMemo(() => hallOf(sections), [sections])
  const prices = [...new Set(hall.areas.map(({ price }) => price).filter((price) => price !== ''))]
  const worth = hall.areas.reduce(
    (sum, { price, tickets }) => sum + (minorOf(price, currency) ?? 0) * tickets,
    0,
  )
  const hasMarks = MARK_KINDS.filter((kind) => hall.areas.some(({ marks }) => marks[kind] !== ''))
  return (
    <section className={styles.preview} aria-labelledby="preview">
      <h2 id="preview">{text.title}</h2>
      <PlanMarking form={form} hall={hall} prices={prices} />
      <ul className={styles.legend}>
        {prices.map((price, index) => {
          const minor = minorOf(price, currency)
          return (
            <li key={price} data-ink={index % INKS}>
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
        <dd>{formats.number(hall.tickets)}</dd>
        <dt>{text.worth}</dt>
        <dd>{formats.money(worth, currency)}</dd>
      </dl>
    </section>
  )
}
