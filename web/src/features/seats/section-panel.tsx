import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { kitMessages } from '@/kit/messages'
import { QuantityField } from '@/kit/quantity-field'
import type { TicketChoice } from '@/kit/use-ticket-choice'
import { seatsMessages } from './messages'
import { isFree, type Row, type SeatMapModel, type SectionArea, seatStateOf } from './seat-map-model'
import styles from './section-panel.module.css'
import type { Selection } from './use-selection'

type Props = {
  seatMap: SeatMapModel
  area: SectionArea
  selection: Selection
  choice: TicketChoice
  /** Seats of the user's own bookings. */
  own: ReadonlySet<number>
  left: number | undefined
  /** Empty when the section is not sold in the chosen price category. */
  price: string
  describeSeat: (seat: number) => string
  onClose: () => void
}

/** A section: a button for its best tickets, and its seats by row. */
export function SectionPanel(props: Props) {
  const { seatMap, area, selection, choice, own, left, price, describeSeat, onClose } = props
  const text = useMessages(seatsMessages)
  const { notInCategory } = useMessages(kitMessages)
  const formats = useFormats()
  const { quantity } = choice
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const isSold = price !== ''
  const rows = seatMap.rows.slice(area.rows.from, area.rows.to)
  return (
    <section className={styles.panel} aria-labelledby="section">
      <button type="button" className={styles.back} onClick={onClose}>
        ← {text.allSections}
      </button>
      <div className={styles.head}>
        <h2 id="section" ref={heading} tabIndex={-1}>
          <bdi>{area.name}</bdi>
        </h2>
        <span className={styles.price}>{price}</span>
      </div>
      {!isSold && <p className={styles.left}>{notInCategory}</p>}
      <p className={styles.left}>
        {left === 0 ? text.gone : left !== undefined && text.left(formats.number(left))}
      </p>
      <div className={styles.best}>
        <QuantityField label={text.howMany} value={quantity} max={choice.max} onChange={choice.setQuantity} />
        <ActionButton
          variant="default"
          disabled={!isSold || (left !== undefined && left < quantity)}
          loading={selection.isPending}
          onClick={() => selection.placeBest(area)}
        >
          {text.best(quantity)}
        </ActionButton>
      </div>
      {area.kind === 'standing' ? (
        <p className={styles.left}>{text.standing}</p>
      ) : (
        <RowPicker
          seatMap={seatMap}
          rows={rows}
          isSold={isSold}
          own={own}
          selection={selection}
          describeSeat={describeSeat}
        />
      )}
    </section>
  )
}

type PickerProps = {
  seatMap: SeatMapModel
  rows: Row[]
  isSold: boolean
  own: ReadonlySet<number>
  selection: Selection
  describeSeat: (seat: number) => string
}

function seatsOf({ start, count }: Row): number[] {
  return Array.from({ length: count }, (_, at) => start + at)
}

/** The seats of one row, for touch, keyboard and screen readers. */
function RowPicker({ seatMap, rows, isSold, own, selection, describeSeat }: PickerProps) {
  const text = useMessages(seatsMessages)
  const free = rows.map((row) => seatsOf(row).filter((seat) => isFree(seatMap, seat)).length)
  const [index, setIndex] = useState(() =>
    Math.max(
      0,
      free.findIndex((count) => count > 0),
    ),
  )
  const row = rows[index]
  if (!row) return null
  return (
    <div className={styles.picker}>
      <label className={styles.row}>
        {text.row}
        <select value={index} onChange={(event) => setIndex(Number(event.currentTarget.value))}>
          {rows.map(({ label }, at) => (
            <option key={label} value={at}>
              {text.rowOption(label, free[at] ?? 0)}
            </option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of toggle buttons with arrow-key navigation. */}
      <div role="group" aria-label={text.seatsOf(row.label)} className={styles.seats} onKeyDown={moveByArrow}>
        {seatsOf(row).map((seat) => (
          <button
            key={seat}
            type="button"
            className={styles.seat}
            data-letter={seatStateOf(seatMap, seat)}
            data-own={own.has(seat) || undefined}
            data-mark={row.marks.get(row.first + seat - row.start)}
            aria-pressed={selection.seats.has(seat)}
            aria-label={describeSeat(seat)}
            {...disabledProps(
              !selection.seats.has(seat) && (!isSold || !isFree(seatMap, seat) || selection.isFull),
            )}
            onClick={() => selection.toggle(seat)}
          >
            {row.first + seat - row.start}
          </button>
        ))}
      </div>
    </div>
  )
}

/** Unavailable seats are skipped by the tab key, but a focused one keeps the focus. */
function disabledProps(isClosed: boolean) {
  return isClosed ? { 'aria-disabled': true, tabIndex: -1 } : {}
}

/** The arrow keys move to the next available seat. */
function moveByArrow(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (step === undefined) return
  const seats = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button')]
  const isOpen = (seat: HTMLButtonElement) => seat.ariaDisabled !== 'true'
  const at = seats.findIndex((seat) => seat.matches(':focus'))
  const onTheWay = step > 0 ? seats.slice(at + 1) : seats.slice(0, Math.max(at, 0)).reverse()
  onTheWay.find(isOpen)?.focus()
  event.preventDefault()
}
