import { expect, test } from 'vitest'
import { emptyRow, newSection, type SectionFields } from './form'
import { hallOf } from './hall'
import { type Direction, firstPlace, markOf, type Place, placeAt, spotOf, step } from './plan-cursor'

const layout = [
  { ...emptyRow('A', '4'), gaps: '2', wheelchair: '4' },
  { ...emptyRow('B', '2'), first: '11' },
]
const stalls: SectionFields = { ...newSection('rows', []), layout }
const floor = newSection('standing', [])
const circle: SectionFields = { ...newSection('even', []), rows: '2', seats_per_row: '3' }
const hall = hallOf([stalls, floor, circle])

const turned = hallOf([{ ...stalls, plan: { x: '0', y: '0', width: '50', height: '20', rotation: '90' } }])

test.each([
  ['the first seat', 0, 5, 5, { area: 0, row: 0, seat: 1 }],
  ['an aisle', 0, 25, 5, undefined],
  ['a seat behind an aisle', 0, 35, 5, { area: 0, row: 0, seat: 3 }],
  ['beside a short row', 0, 5, 15, undefined],
  ['a row that does not begin with one', 0, 20, 15, { area: 0, row: 1, seat: 11 }],
  ['where people stand', 1, 20, 20, undefined],
  ['another section', 2, 25, 15, { area: 2, row: 1, seat: 3 }],
])('%s is found under a pointer', (_, index, x, y, expected) => {
  const area = hall.areas[index]
  expect(placeAt(hall, (area?.x ?? 0) + x, (area?.y ?? 0) + y)).toEqual(expected)
})

test('a turned section is met where it is seen', () => {
  const [area] = turned.areas
  // The front row of a section turned to the right is its right edge, and its first seat the upper one.
  expect(placeAt(turned, 30, -10)).toEqual({ area: 0, row: 0, seat: 1 })
  expect(placeAt(turned, 30, 30)).toEqual({ area: 0, row: 0, seat: 4 })
  expect(area && spotOf(area, { area: 0, row: 0, seat: 4 })).toEqual({ x: 45, y: 5 })
})

const walk = (from: Place, ...directions: Direction[]) =>
  directions.reduce((place, direction) => step(hall, place, direction), from)

test('the keyboard reaches every seat and stays inside', () => {
  const first = firstPlace(hall)
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

test('a cursor on a row that was taken away begins at the first seat', () => {
  expect(step(hall, { area: 0, row: 9, seat: 1 }, 'right')).toEqual({ area: 0, row: 0, seat: 1 })
  expect(firstPlace(hallOf([floor]))).toBeUndefined()
})

test('a seat tells its mark', () => {
  expect(markOf(hall, { area: 0, row: 0, seat: 4 })).toBe('wheelchair')
  expect(markOf(hall, { area: 0, row: 0, seat: 3 })).toBeUndefined()
})
