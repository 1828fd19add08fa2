import {
  type LayoutArea,
  type LayoutRow,
  type MarkKind,
  rowIndent,
  type SeatingLayout,
} from './seating-layout'

/** A seat: section and row by index, the seat by its number. */
export type SeatPosition = { area: number; row: number; seat: number }
export type Direction = 'left' | 'right' | 'up' | 'down' | 'begin' | 'end' | 'before' | 'behind'

const rowAt = (layout: SeatingLayout, { area, row }: SeatPosition): LayoutRow | undefined =>
  layout.areas[area]?.rows[row]
const hasSeats = ({ columns }: LayoutRow) => columns.length > 0

/** Transforms a point of the layout into an area's unrotated coordinates. */
function toAreaSpace(area: LayoutArea, x: number, y: number): { x: number; y: number } {
  const turn = (-area.rotation * Math.PI) / 180
  const [middleX, middleY] = [area.width / 2, area.height / 2]
  const [dx, dy] = [x - area.x - middleX, y - area.y - middleY]
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  return { x: dx * cos - dy * sin + middleX, y: dx * sin + dy * cos + middleY }
}

/** The seat at a point of the layout. */
export function seatAt(layout: SeatingLayout, x: number, y: number): SeatPosition | undefined {
  for (const [index, area] of layout.areas.entries()) {
    if (!area.pitch) continue
    const point = toAreaSpace(area, x, y)
    const rowIndex = Math.floor(point.y / area.pitch.y)
    const row = area.rows[rowIndex]
    if (!row) continue
    const column = Math.floor(point.x / area.pitch.x - rowIndent(area.longest, row.length))
    const seat = row.columns.indexOf(column)
    if (seat >= 0) return { area: index, row: rowIndex, seat: row.first + seat }
  }
  return undefined
}

/** The centre of a seat in its area's coordinates. */
export function seatCentre(
  area: LayoutArea,
  { row: rowIndex, seat }: SeatPosition,
): { x: number; y: number } | undefined {
  const row = area.rows[rowIndex]
  const column = row?.columns[seat - row.first]
  if (!area.pitch || !row || column === undefined) return undefined
  const x = (rowIndent(area.longest, row.length) + column + 0.5) * area.pitch.x
  return { x, y: (rowIndex + 0.5) * area.pitch.y }
}

export function markOf(layout: SeatingLayout, place: SeatPosition): MarkKind | undefined {
  return rowAt(layout, place)?.marks.find(([, seat]) => seat === place.seat)?.[0]
}

/** The first seat of an area or of a later one. */
export function firstSeat(layout: SeatingLayout, from = 0): SeatPosition | undefined {
  for (let area = from; area < layout.areas.length; area += 1) {
    const row = layout.areas[area]?.rows.findIndex(hasSeats) ?? -1
    const first = layout.areas[area]?.rows[row]?.first
    if (first !== undefined) return { area, row, seat: first }
  }
  return undefined
}

function lastAreaBefore(layout: SeatingLayout, before: number): number | undefined {
  const index = layout.areas.slice(0, before).findLastIndex(({ rows }) => rows.some(hasSeats))
  return index < 0 ? undefined : index
}

/** The seat of a row nearest to the column of another seat. */
function nearestIn(
  layout: SeatingLayout,
  from: SeatPosition,
  area: number,
  rowIndex: number,
): SeatPosition | undefined {
  const [own, row] = [rowAt(layout, from), layout.areas[area]?.rows[rowIndex]]
  if (!own || !row || !hasSeats(row)) return undefined
  const middle = (own.columns[from.seat - own.first] ?? 0) - own.length / 2
  const offsets = row.columns.map((column) => Math.abs(column - row.length / 2 - middle))
  const nearest = offsets.indexOf(Math.min(...offsets))
  return { area, row: rowIndex, seat: row.first + nearest }
}

/** Up and down go from row to row, and from section to section. */
function moveVertically(layout: SeatingLayout, from: SeatPosition, step: 1 | -1): SeatPosition | undefined {
  const rows = layout.areas[from.area]?.rows ?? []
  for (let row = from.row + step; row >= 0 && row < rows.length; row += step) {
    const found = nearestIn(layout, from, from.area, row)
    if (found) return found
  }
  const area = step > 0 ? firstSeat(layout, from.area + 1)?.area : lastAreaBefore(layout, from.area)
  if (area === undefined) return undefined
  const its = layout.areas[area]?.rows ?? []
  return nearestIn(layout, from, area, step > 0 ? its.findIndex(hasSeats) : its.findLastIndex(hasSeats))
}

/** The next seat in a direction, or the same at the end. */
export function moveCursor(layout: SeatingLayout, from: SeatPosition, direction: Direction): SeatPosition {
  const row = rowAt(layout, from)
  if (!row) return firstSeat(layout) ?? from
  const last = row.first + row.columns.length - 1
  const before = lastAreaBefore(layout, from.area)
  switch (direction) {
    case 'left':
      return { ...from, seat: Math.max(row.first, from.seat - 1) }
    case 'right':
      return { ...from, seat: Math.min(last, from.seat + 1) }
    case 'begin':
      return { ...from, seat: row.first }
    case 'end':
      return { ...from, seat: last }
    case 'up':
      return moveVertically(layout, from, -1) ?? from
    case 'down':
      return moveVertically(layout, from, 1) ?? from
    case 'before':
      return (before !== undefined && firstSeat(layout, before)) || from
    case 'behind':
      return firstSeat(layout, from.area + 1) ?? from
  }
}
