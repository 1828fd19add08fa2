import { expect, test } from 'vitest'
import { isBlockable, moveCursor, type Seat, seatAt, seatDots, seatGridOf, seatsWithin } from './seat-grid'

const grid = seatGridOf({
  code: 'A',
  rows: [
    { label: '1', first: 1, seats: 'aa_bs' },
    { label: '2', first: 11, seats: 'aha' },
  ],
})
const at = (label: string): Seat => {
  const seat = grid.rows.flatMap(({ seats }) => seats).find((item) => item?.label === label)
  if (!seat) throw new Error(`no seat ${label}`)
  return seat
}

test('seats are numbered across aisles from the first number of their row', () => {
  const labels = grid.rows.map(({ seats }) => seats.map((seat) => seat?.label))
  expect(labels).toEqual([
    ['A-1-1', 'A-1-2', undefined, 'A-1-3', 'A-1-4'],
    ['A-2-11', 'A-2-12', 'A-2-13'],
  ])
})

test('a point is in the seat that is drawn there; shorter rows lie in the middle', () => {
  expect(seatAt(grid, 3.5, 0.5)?.label).toBe('A-1-3')
  expect(seatAt(grid, 2.5, 0.5)).toBeUndefined()
  expect(seatAt(grid, 1.5, 1.5)?.label).toBe('A-2-11')
  expect(seatAt(grid, 0.5, 1.5)).toBeUndefined()
  expect(seatAt(grid, 1, 7)).toBeUndefined()
})

test('arrow keys cross aisles, lead to the nearest seat of the next row, and stop at the edges', () => {
  expect(moveCursor(grid, at('A-1-2'), 'right').label).toBe('A-1-3')
  expect(moveCursor(grid, at('A-1-3'), 'left').label).toBe('A-1-2')
  expect(moveCursor(grid, at('A-1-4'), 'right').label).toBe('A-1-4')
  expect(moveCursor(grid, at('A-1-4'), 'down').label).toBe('A-2-13')
  expect(moveCursor(grid, at('A-2-11'), 'up').label).toBe('A-1-2')
  expect(moveCursor(grid, at('A-2-11'), 'down').label).toBe('A-2-11')
  expect(moveCursor(grid, at('A-2-13'), 'begin').label).toBe('A-2-11')
  expect(moveCursor(grid, at('A-1-1'), 'end').label).toBe('A-1-4')
})

test('a rectangle selects only seats that can be changed', () => {
  const all = seatsWithin(grid, { x: 5, y: 1.9 }, { x: 0, y: 0 })
  expect(all.map(({ label }) => label)).toEqual(['A-1-1', 'A-1-2', 'A-1-3', 'A-2-11', 'A-2-13'])
  const corner = seatsWithin(grid, { x: 0.2, y: 0.2 }, { x: 0.8, y: 0.8 })
  expect(corner.map(({ label }) => label)).toEqual(['A-1-1'])
})

test('adjacent seats are one stroke', () => {
  expect(seatDots(grid, ({ letter }) => letter === 'a')).toBe('M0.5 0.5h1.02M1.5 1.5h0.02M3.5 1.5h0.02')
  expect(seatDots(grid, (seat) => !isBlockable(seat))).toBe('M4.5 0.5h0.02M2.5 1.5h0.02')
  expect(seatDots(grid, () => false)).toBe('')
})
