import { expect, test } from 'vitest'
import { newRow, newSection, type SectionFields } from './form'
import {
  type Direction,
  firstSeat,
  markOf,
  moveCursor,
  type SeatPosition,
  seatAt,
  seatCentre,
} from './layout-navigation'
import { layoutOf } from './seating-layout'

const rows = [
  { ...newRow('A', '4'), gaps: '2', wheelchair: '4' },
  { ...newRow('B', '2'), first: '11' },
]
const stalls: SectionFields = { ...newSection('rows', []), layout: rows }
const floor = newSection('standing', [])
const circle: SectionFields = { ...newSection('even', []), rows: '2', seats_per_row: '3' }
const layout = layoutOf([stalls, floor, circle])

const turned = layoutOf([{ ...stalls, plan: { x: '0', y: '0', width: '50', height: '20', rotation: '90' } }])

test.each([
  ['the first seat', 0, 5, 5, { area: 0, row: 0, seat: 1 }],
  ['an aisle', 0, 25, 5, undefined],
  ['a seat behind an aisle', 0, 35, 5, { area: 0, row: 0, seat: 3 }],
  ['beside a short row', 0, 5, 15, undefined],
  ['a row that does not begin with one', 0, 20, 15, { area: 0, row: 1, seat: 11 }],
  ['where people stand', 1, 20, 20, undefined],
  ['another section', 2, 25, 15, { area: 2, row: 1, seat: 3 }],
])('%s is found under a pointer', (_, index, x, y, expected) => {
  const area = layout.areas[index]
  expect(seatAt(layout, (area?.x ?? 0) + x, (area?.y ?? 0) + y)).toEqual(expected)
})

test('seats of a rotated section are found where they are drawn', () => {
  const [area] = turned.areas
  // Rotated by 90 degrees, the front row is the right edge and its first seat the upper one.
  expect(seatAt(turned, 30, -10)).toEqual({ area: 0, row: 0, seat: 1 })
  expect(seatAt(turned, 30, 30)).toEqual({ area: 0, row: 0, seat: 4 })
  expect(area && seatCentre(area, { area: 0, row: 0, seat: 4 })).toEqual({ x: 45, y: 5 })
})

const walk = (from: SeatPosition, ...directions: Direction[]) =>
  directions.reduce((place, direction) => moveCursor(layout, place, direction), from)

test('the keyboard reaches every seat and stays inside', () => {
  const first = firstSeat(layout)
  expect(first).toEqual({ area: 0, row: 0, seat: 1 })
  if (!first) return
  expect(walk(first, 'left', 'up', 'before')).toEqual(first)
  expect(walk(first, 'right', 'right', 'right', 'right')).toEqual({ area: 0, row: 0, seat: 4 })
  expect(walk(first, 'end', 'down')).toEqual({ area: 0, row: 1, seat: 12 })
  expect(walk(first, 'down', 'down')).toMatchObject({ area: 2, row: 0 })
  expect(walk(first, 'behind', 'down', 'end')).toEqual({ area: 2, row: 1, seat: 3 })
  expect(walk(first, 'behind', 'behind')).toMatchObject({ area: 2 })
  expect(walk(first, 'behind', 'up')).toMatchObject({ area: 0, row: 1 })
  expect(walk(first, 'behind', 'before')).toEqual(first)
})

test('a cursor on a removed row moves to the first seat', () => {
  expect(moveCursor(layout, { area: 0, row: 9, seat: 1 }, 'right')).toEqual({ area: 0, row: 0, seat: 1 })
  expect(firstSeat(layoutOf([floor]))).toBeUndefined()
})

test('a seat tells its mark', () => {
  expect(markOf(layout, { area: 0, row: 0, seat: 4 })).toBe('wheelchair')
  expect(markOf(layout, { area: 0, row: 0, seat: 3 })).toBeUndefined()
})
