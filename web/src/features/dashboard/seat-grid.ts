import type { Seats } from '@/api/concerts'

type SectionSeats = Seats['sections'][number]

/** `a` available, `h` held, `s` sold, `b` blocked: the API's encoding. */
export type SeatState = 'a' | 'h' | 's' | 'b'
export type Seat = { row: number; column: number; label: string; letter: SeatState }
export type Direction = 'left' | 'right' | 'up' | 'down' | 'begin' | 'end'

/** The seats of a section in centred rows; a seat is 1 by 1, an aisle is `undefined`. */
export type SeatGrid = {
  width: number
  rows: { label: string; offset: number; seats: (Seat | undefined)[] }[]
}

const AISLE = '_'

export function seatGridOf({ code, rows }: SectionSeats): SeatGrid {
  const width = Math.max(1, ...rows.map(({ seats }) => seats.length))
  return {
    width,
    rows: rows.map(({ label, first, seats }, row) => {
      let number = first
      const columns = Array.from(seats, (letter, column): Seat | undefined => {
        if (letter === AISLE) return undefined
        const seat = { row, column, label: `${code}-${label}-${number}`, letter: letter as SeatState }
        number += 1
        return seat
      })
      return { label, offset: (width - seats.length) / 2, seats: columns }
    }),
  }
}

/** Whether the organiser can block or unblock the seat: seats in bookings cannot be changed. */
export function isBlockable({ letter }: Seat): boolean {
  return letter === 'a' || letter === 'b'
}

export function seatAt(grid: SeatGrid, x: number, y: number): Seat | undefined {
  const row = grid.rows[Math.floor(y)]
  return row?.seats[Math.floor(x - row.offset)]
}

export function seatCentre(grid: SeatGrid, { row, column }: Seat): { x: number; y: number } {
  return { x: (grid.rows[row]?.offset ?? 0) + column + 0.5, y: row + 0.5 }
}

/** The seats in a rectangle that can be changed. */
export function seatsWithin(
  grid: SeatGrid,
  from: { x: number; y: number },
  to: { x: number; y: number },
): Seat[] {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)]
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)]
  return grid.rows
    .slice(Math.max(0, Math.floor(top)), Math.floor(bottom) + 1)
    .flatMap(({ offset, seats }) =>
      seats.filter(
        (seat): seat is Seat =>
          seat !== undefined &&
          isBlockable(seat) &&
          offset + seat.column < right &&
          offset + seat.column + 1 > left,
      ),
    )
}

export function firstSeat(grid: SeatGrid): Seat | undefined {
  return grid.rows.flatMap(({ seats }) => seats).find((seat) => seat !== undefined)
}

/** The seat that an arrow key leads to: across aisles, and to the nearest seat of the next row. */
export function moveCursor(grid: SeatGrid, from: Seat, direction: Direction): Seat {
  const seats = grid.rows[from.row]?.seats.filter((seat) => seat !== undefined) ?? []
  const at = seats.findIndex(({ column }) => column === from.column)
  switch (direction) {
    case 'left':
      return seats[at - 1] ?? from
    case 'right':
      return seats[at + 1] ?? from
    case 'begin':
      return seats[0] ?? from
    case 'end':
      return seats.at(-1) ?? from
    default:
      return nearestIn(grid, from.row + (direction === 'up' ? -1 : 1), seatCentre(grid, from).x) ?? from
  }
}

function nearestIn(grid: SeatGrid, row: number, x: number): Seat | undefined {
  const distance = (seat: Seat) => Math.abs(seatCentre(grid, seat).x - x)
  return grid.rows[row]?.seats
    .filter((seat) => seat !== undefined)
    .reduce<Seat | undefined>(
      (best, seat) => (best && distance(best) <= distance(seat) ? best : seat),
      undefined,
    )
}

/** The stroke's extra length, so that rounding does not drop the last dot. */
const OVERHANG = 0.02

/**
 * The matching seats as an SVG path, one stroke for each run of adjacent seats. A dash pattern of length 0 with round
 * caps draws it as dots.
 */
export function seatDots(grid: SeatGrid, fits: (seat: Seat) => boolean): string {
  const runs: string[] = []
  grid.rows.forEach(({ offset, seats }, row) => {
    let begin = -1
    seats.forEach((seat, column) => {
      const isIn = seat !== undefined && fits(seat)
      if (isIn && begin < 0) begin = column
      const ends = isIn ? column === seats.length - 1 : begin >= 0
      if (!ends) return
      const last = isIn ? column : column - 1
      runs.push(`M${offset + begin + 0.5} ${row + 0.5}h${last - begin + OVERHANG}`)
      begin = -1
    })
  })
  return runs.join('')
}
