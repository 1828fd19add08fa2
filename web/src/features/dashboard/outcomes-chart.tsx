import type { SalesReport } from '@/api/reports'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import styles from './charts.module.css'
import { dashboardMessages } from './messages'

const OUTCOMES = ['confirmed', 'pending', 'expired', 'cancelled'] as const

/** The outcomes of bookings: how many are paid in the end. */
export function OutcomesChart({ bookings }: { bookings: SalesReport['bookings'] }) {
  const text = useMessages(dashboardMessages).sales
  const formats = useFormats()
  const decided = bookings.placed - bookings.pending
  return (
    <section className={styles.card} aria-labelledby="outcomes">
      <h2 id="outcomes">{text.outcomes}</h2>
      <p className={styles.headline}>
        {decided === 0 ? text.noneDecided : text.converted(formats.percent(bookings.confirmed / decided))}
      </p>
      <span className={styles.stack} aria-hidden>
        {OUTCOMES.map((outcome) => (
          <span
            key={outcome}
            data-outcome={outcome}
            style={{ width: `${(bookings[outcome] / Math.max(1, bookings.placed)) * 100}%` }}
          />
        ))}
      </span>
      <dl className={styles.outcomes}>
        {OUTCOMES.map((outcome) => (
          <div key={outcome} data-outcome={outcome}>
            <dt>{text.outcome[outcome]}</dt>
            <dd>{formats.number(bookings[outcome])}</dd>
            <dd className={styles.soft}>
              {formats.percent(bookings[outcome] / Math.max(1, bookings.placed))}
            </dd>
          </div>
        ))}
        <div data-sum>
          <dt>{text.placed}</dt>
          <dd>{formats.number(bookings.placed)}</dd>
          <dd />
        </div>
      </dl>
    </section>
  )
}
