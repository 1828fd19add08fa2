import { useDeferredValue, useMemo } from 'react'
import { useWatch } from 'react-hook-form'
import { minorOf } from '@/i18n/amount'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import type { ConcertControl } from './form'
import { type Area, type Hall, hallOf, type MarkKind } from './hall'
import { builderMessages } from './messages'
import styles from './plan-preview.module.css'

const MARKS: MarkKind[] = ['wheelchair', 'companion', 'restricted_view']
/** Of the room that a seat has. */
const SEAT = 0.74
/** So many prices have a colour of their own. */
const INKS = 6
const STAGE_WIDTH = 0.36
const STAGE_HEIGHT = 44

/** The hall as it has been typed so far, with what it holds. */
export function PlanPreview({ control }: { control: ConcertControl }) {
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
  const hasMarks = MARKS.filter((kind) => hall.areas.some(({ marks }) => marks[kind] !== ''))
  return (
    <section className={styles.preview} aria-labelledby="preview">
      <h2 id="preview">{text.title}</h2>
      <Drawing hall={hall} prices={prices} />
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

function Drawing({ hall, prices }: { hall: Hall; prices: string[] }) {
  const text = useMessages(builderMessages).preview
  const { x, y, width, height } = hall.box
  const stage = width * STAGE_WIDTH
  return (
    <svg
      className={styles.drawing}
      viewBox={`${x} ${y} ${width} ${height}`}
      role="img"
      aria-label={text.described(hall.areas.length, hall.tickets)}
    >
      <rect
        className={styles.stage}
        x={x + (width - stage) / 2}
        y={y + 16}
        width={stage}
        height={STAGE_HEIGHT}
        rx={8}
      />
      <text
        className={styles.stageName}
        x={x + width / 2}
        y={y + 16 + STAGE_HEIGHT / 2}
        fontSize={width / 36}
      >
        {text.stage}
      </text>
      {hall.areas.map((area) => (
        <AreaDrawing key={area.key} area={area} ink={prices.indexOf(area.price) % INKS} size={width / 30} />
      ))}
    </svg>
  )
}

function AreaDrawing({ area, ink, size }: { area: Area; ink: number; size: number }) {
  const { x, y, width, height, rotation, pitch } = area
  const dot = pitch && SEAT * Math.min(pitch.x, pitch.y)
  return (
    <g data-ink={ink} transform={`translate(${x} ${y}) rotate(${rotation} ${width / 2} ${height / 2})`}>
      <rect className={pitch ? styles.ground : styles.floor} width={width} height={height} rx={5} />
      {pitch && (
        <g strokeWidth={dot} strokeDasharray={`0 ${pitch.x}`}>
          <path className={styles.seats} d={area.seats} />
          {MARKS.map((kind) => (
            <path key={kind} className={styles.marks} data-mark={kind} d={area.marks[kind]} />
          ))}
        </g>
      )}
      <text
        className={styles.code}
        x={width / 2}
        y={height / 2}
        fontSize={Math.min(size, height * 0.8)}
        transform={`rotate(${-rotation} ${width / 2} ${height / 2})`}
      >
        {area.code}
      </text>
    </g>
  )
}
