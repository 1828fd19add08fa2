import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from 'react'
import { useMessages } from '@/i18n/messages'
import { dashboardMessages } from './messages'
import {
  type Direction,
  firstSeat,
  isBlockable,
  moveCursor,
  type Seat,
  type SeatGrid,
  type SeatState,
  seatAt,
  seatCentre,
  seatDots,
  seatsWithin,
} from './seat-grid'
import styles from './seat-picker.module.css'

type Point = { x: number; y: number }
type Props = {
  name: string
  grid: SeatGrid
  chosen: ReadonlySet<string>
  onChoose: (seats: Seat[], isIn: boolean) => void
}

const LETTERS: SeatState[] = ['a', 'b', 'h', 's']
const KEYS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'begin',
  End: 'end',
}
/** The width of the row labels, in seats. */
const MARGIN = 2.4
/** The smallest size of a seat; wide sections scroll. */
const SEAT_MIN_PX = 15
const SEAT_MAX_PX = 30
/** The largest movement of a click, in seats. */
const CLICK_SLACK = 0.4

/** Selects seats by clicking, dragging a rectangle, clicking a row's label, or by keyboard. */
export function SeatPicker({ name, grid, chosen, onChoose }: Props) {
  const text = useMessages(dashboardMessages).seats
  const help = useId()
  const drawing = useRef<SVGSVGElement>(null)
  const [cursor, setCursor] = useState<Seat>()
  const [drag, setDrag] = useState<{ from: Point; to: Point }>()

  const here = cursor && (grid.rows[cursor.row]?.seats[cursor.column] ?? cursor)
  const stateOf = (seat: Seat) =>
    `${seat.label}, ${text.letters[seat.letter]}${chosen.has(seat.label) ? `, ${text.isChosen}` : ''}`
  const toggle = (seats: Seat[]) => {
    const free = seats.filter(isBlockable)
    onChoose(free, !free.every(({ label }) => chosen.has(label)))
  }

  const point = (event: PointerEvent): Point => {
    const box = drawing.current?.getBoundingClientRect()
    if (!box) return { x: -1, y: -1 }
    return {
      x: ((event.clientX - box.left) / box.width) * (grid.width + MARGIN) - MARGIN,
      y: ((event.clientY - box.top) / box.height) * grid.rows.length,
    }
  }
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    // Touch scrolls; a tap selects.
    if (event.pointerType !== 'touch' && event.button === 0) {
      event.currentTarget.setPointerCapture(event.pointerId)
      const from = point(event)
      setDrag({ from, to: from })
    }
  }
  const onPointerUp = (event: PointerEvent) => {
    const to = point(event)
    const from = drag?.from ?? to
    setDrag(undefined)
    if (Math.hypot(to.x - from.x, to.y - from.y) > CLICK_SLACK) {
      onChoose(seatsWithin(grid, from, to), true)
      return
    }
    if (to.x < 0) {
      const row = grid.rows[Math.floor(to.y)]?.seats ?? []
      toggle(row.filter((seat) => seat !== undefined))
      return
    }
    const seat = seatAt(grid, to.x, to.y)
    if (!seat) return
    setCursor(seat)
    toggle([seat])
  }

  const rowOf = ({ row }: Seat) => (grid.rows[row]?.seats ?? []).filter((seat) => seat !== undefined)
  const move = (from: Seat, direction: Direction, isChoosing: boolean) => {
    const to = here ? moveCursor(grid, from, direction) : from
    setCursor(to)
    if (isChoosing) onChoose([from, to].filter(isBlockable), true)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const from = here ?? firstSeat(grid)
    const direction = KEYS[event.key]
    const isChoosing = event.key === ' ' || event.key === 'Enter'
    if (!from || !(direction || isChoosing || event.key === 'Escape')) return
    event.preventDefault()
    if (direction) move(from, direction, event.shiftKey)
    else if (isChoosing) toggle(event.shiftKey ? rowOf(from) : [from])
    else
      onChoose(
        grid.rows.flatMap((_, row) => rowOf({ ...from, row })),
        false,
      )
  }

  const columns = grid.width + MARGIN
  const at = here && seatCentre(grid, here)
  return (
    <>
      <p id={help} className={styles.help}>
        {text.help}
      </p>
      <div
        className={styles.frame}
        role="application"
        aria-label={text.plan(name)}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: `application` is operated by keyboard.
        tabIndex={0}
        onFocus={() => setCursor((current) => current ?? firstSeat(grid))}
        onKeyDown={onKeyDown}
      >
        <p className={styles.stage} aria-hidden>
          {text.stage}
        </p>
        <svg
          ref={drawing}
          className={styles.drawing}
          viewBox={`${-MARGIN} 0 ${columns} ${grid.rows.length}`}
          style={{ minWidth: columns * SEAT_MIN_PX, maxWidth: columns * SEAT_MAX_PX }}
          aria-hidden
          onPointerDown={onPointerDown}
          onPointerMove={(event) => drag && setDrag({ from: drag.from, to: point(event) })}
          onPointerUp={onPointerUp}
          onPointerCancel={() => setDrag(undefined)}
        >
          {grid.rows.map(({ label }, row) => (
            <text key={label} className={styles.row} x={-0.6} y={row + 0.72}>
              {label}
            </text>
          ))}
          {LETTERS.map((letter) => (
            <path
              key={letter}
              className={styles.seats}
              data-letter={letter}
              d={seatDots(grid, (seat) => seat.letter === letter)}
            />
          ))}
          <path className={styles.core} d={seatDots(grid, ({ letter }) => letter === 'b')} />
          <path className={styles.chosen} d={seatDots(grid, ({ label }) => chosen.has(label))} />
          {at && <circle className={styles.cursor} cx={at.x} cy={at.y} r={0.47} />}
          {drag && <SelectionRectangle {...drag} />}
        </svg>
      </div>
      <p className={styles.spoken} aria-live="polite">
        {here && stateOf(here)}
      </p>
    </>
  )
}

function SelectionRectangle({ from, to }: { from: Point; to: Point }) {
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)]
  return (
    <rect
      className={styles.rubber}
      x={x}
      y={y}
      width={Math.abs(to.x - from.x)}
      height={Math.abs(to.y - from.y)}
    />
  )
}
