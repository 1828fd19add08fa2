import { SegmentedControl } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import type { SalesBucket, SalesReport } from '@/api/reports'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { TableFrame } from '@/kit/table-frame'
import styles from './charts.module.css'
import { dashboardMessages } from './messages'
import { niceTop, type Step, stepsOf } from './time-steps'

type Measure = 'tickets' | 'revenue'
type Props = { report: SalesReport; bucket: SalesBucket; onBucket: (bucket: SalesBucket) => void }

const MEASURES: Measure[] = ['tickets', 'revenue']
const BUCKETS: SalesBucket[] = ['hour', 'day']
const LABELS = 6

/** Sales over time as a bar chart with keyboard navigation, and as a table. */
export function TimeChart({ report, bucket, onBucket }: Props) {
  const text = useMessages(dashboardMessages).sales
  const formats = useFormats()
  const [measure, setMeasure] = useState<Measure>('tickets')
  const [chosen, setChosen] = useState<number>()
  const steps = stepsOf(report)
  const top = niceTop(Math.max(0, ...steps.map((step) => step[measure])))
  const money = formats.moneyFormatter(
    steps.map(({ revenue }) => revenue),
    report.currency,
  )
  const scale = formats.moneyFormatter([top, top / 2], report.currency)
  const shown = (value: number) => (measure === 'tickets' ? formats.number(value) : scale(value))
  const at = ({ startsAt }: Step) =>
    report.bucket === 'hour'
      ? formats.dayAndTime(startsAt, report.time_zone)
      : formats.shortDay(startsAt, report.time_zone)
  const amounts = ({ tickets, revenue }: Pick<Step, Measure>) =>
    `${text.ticketsSold(tickets)}, ${money(revenue)}`
  const walk = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (by === undefined) return
    event.preventDefault()
    setChosen((current) => Math.min(steps.length - 1, Math.max(0, (current ?? steps.length) + by)))
  }
  const step = chosen === undefined ? undefined : steps[chosen]
  const [first] = steps
  const sum = { tickets: sumOf(steps, 'tickets'), revenue: sumOf(steps, 'revenue') }
  const every = Math.max(1, Math.ceil(steps.length / LABELS))
  return (
    <section className={styles.card} aria-labelledby="over-time">
      <div className={styles.head}>
        <h2 id="over-time">{text.overTime}</h2>
        <div className={styles.choices}>
          <SegmentedControl
            size="xs"
            aria-label={text.measure}
            value={measure}
            onChange={setMeasure}
            data={MEASURES.map((value) => ({ value, label: text.measures[value] }))}
          />
          <SegmentedControl
            size="xs"
            aria-label={text.bucket}
            value={bucket}
            onChange={onBucket}
            data={BUCKETS.map((value) => ({ value, label: text.buckets[value] }))}
          />
        </div>
      </div>
      <p className={styles.readout} aria-live="polite">
        {step ? `${at(step)}: ${amounts(step)}` : text.summed(amounts(sum), first ? at(first) : '')}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a group with arrow-key navigation. */}
      <div
        className={styles.time}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the bars are announced one by one by keyboard.
        tabIndex={0}
        aria-label={text.chartHelp}
        onKeyDown={walk}
        onBlur={() => setChosen(undefined)}
        onPointerLeave={() => setChosen(undefined)}
      >
        <div className={styles.scale} aria-hidden>
          {[top, top / 2, 0].map((value) => (
            <span key={value}>{shown(value)}</span>
          ))}
        </div>
        <div className={styles.bars} aria-hidden>
          {steps.map((known, index) => (
            <div
              key={known.startsAt}
              className={styles.slot}
              data-chosen={index === chosen || undefined}
              onPointerEnter={() => setChosen(index)}
            >
              <div className={styles.bar} style={{ height: `${(known[measure] / top) * 100}%` }} />
              {(steps.length - 1 - index) % every === 0 && (
                <span className={styles.when}>{shortly(known)}</span>
              )}
            </div>
          ))}
        </div>
      </div>
      <details className={styles.table}>
        <summary>{text.asTable}</summary>
        <TableFrame label={text.asTable}>
          <thead>
            <tr>
              <th scope="col">{text.columns.when}</th>
              <th scope="col" data-number>
                {text.columns.placed}
              </th>
              <th scope="col" data-number>
                {text.measures.tickets}
              </th>
              <th scope="col" data-number>
                {text.measures.revenue}
              </th>
            </tr>
          </thead>
          <tbody>
            {steps
              .filter(({ placed }) => placed > 0)
              .reverse()
              .map((item) => (
                <tr key={item.startsAt}>
                  <th scope="row">{at(item)}</th>
                  <td data-number>{formats.number(item.placed)}</td>
                  <td data-number>{formats.number(item.tickets)}</td>
                  <td data-number>{money(item.revenue)}</td>
                </tr>
              ))}
          </tbody>
        </TableFrame>
      </details>
    </section>
  )

  function shortly({ startsAt }: Step): string {
    return report.bucket === 'hour'
      ? formats.hour(startsAt, report.time_zone)
      : formats.dayAndMonth(startsAt, report.time_zone)
  }
}

function sumOf(steps: Step[], measure: Measure): number {
  return steps.reduce((sum, step) => sum + step[measure], 0)
}
