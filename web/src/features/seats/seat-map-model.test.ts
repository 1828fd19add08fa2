import { expect, test } from 'vitest'
import { concertOf, seated, seatsOf } from '@/testing/concerts'
import { nearestSeats } from './nearest-seats'
import {
  applySeatChanges,
  contains,
  isFree,
  type SeatMapModel,
  seatAt,
  seatIndexOf,
  seatMapModelOf,
} from './seat-map-model'

function seatMapOf(
  rows: Record<string, string>,
  plan?: { x: number; y: number; width: number; height: number; rotation: number },
): SeatMapModel {
  const concert = concertOf([seated('A', rows, plan ? { plan } : {})])
  return seatMapModelOf(concert, seatsOf(concert, { A: rows }))
}

/** The index of the seat with a label; throws when there is none. */
function at(seatMap: SeatMapModel, label: string): number {
  const seat = seatIndexOf(seatMap, label)
  if (seat === undefined) throw new Error(`no seat ${label}`)
  return seat
}

test('seats and labels map to each other', () => {
  const seatMap = seatMapOf({ '1': 'aa_a', '2': 'hsb' })
  const labels = Array.from(seatMap.state, (_, seat) => seatAt(seatMap, seat)?.label)
  expect(labels).toEqual(['A-1-1', 'A-1-2', 'A-1-3', 'A-2-1', 'A-2-2', 'A-2-3'])
  expect(labels.map((label) => seatIndexOf(seatMap, label ?? ''))).toEqual([0, 1, 2, 3, 4, 5])
  for (const unknown of ['A-1-4', 'A-3-1', 'B-1-1', 'A-1-0', 'A', ''])
    expect(seatIndexOf(seatMap, unknown)).toBeUndefined()
})

test('an aisle is as wide as a seat', () => {
  const seatMap = seatMapOf({ '1': 'aa_a' })
  const x = ['A-1-1', 'A-1-2', 'A-1-3'].map((label) => seatMap.x[at(seatMap, label)] ?? 0)
  const [first = 0, second = 0, third = 0] = x
  expect((third - second) / (second - first)).toBeCloseTo(2)
})

test('a rotated section has its front row at its front', () => {
  // A section in the west faces east, so its front row is the easternmost.
  const seatMap = seatMapOf({ '1': 'aa', '2': 'aa' }, { x: 0, y: 0, width: 40, height: 20, rotation: 90 })
  expect(seatMap.x[at(seatMap, 'A-1-1')]).toBeGreaterThan(seatMap.x[at(seatMap, 'A-2-1')] ?? 0)
  const [area] = seatMap.areas
  expect(area && contains(area, 20, 28)).toBe(true)
  expect(area && contains(area, 38, 10)).toBe(false)
})

test('sections without a placement do not overlap', () => {
  const rows = { '1': 'aaaa', '2': 'aaaa' }
  const concert = concertOf([seated('A', rows), seated('B', rows)])
  const seatMap = seatMapModelOf(concert, seatsOf(concert, { A: rows, B: rows }))
  const [a, b] = seatMap.areas
  expect(a && b && a.y + a.height).toBeLessThan(b?.y ?? 0)
  expect(seatMap.stage.bottom).toBeLessThan(a?.y ?? 0)
})

test('deltas update seats; unknown labels are ignored', () => {
  const seatMap = seatMapOf({ '1': 'aaa' })
  applySeatChanges(seatMap, [
    ['A-1-2', 'h'],
    ['Z-9-9', 's'],
  ])
  expect([0, 1, 2].map((seat) => isFree(seatMap, seat))).toEqual([true, false, true])
})

const labelsOf = (seatMap: SeatMapModel, seats: number[]) => seats.map((seat) => seatAt(seatMap, seat)?.label)

const NONE: ReadonlySet<number> = new Set()

test('two lost seats are replaced by the nearest adjacent pair', () => {
  const seatMap = seatMapOf({ '1': 'aahhaaaaaa', '2': 'aaaaaaaaaa' })
  const lost = [at(seatMap, 'A-1-3'), at(seatMap, 'A-1-4')]
  expect(labelsOf(seatMap, nearestSeats(seatMap, lost, NONE))).toEqual(['A-2-3', 'A-2-4'])
})

test('selected seats are not offered, adjacent ones are', () => {
  const seatMap = seatMapOf({ '1': 'aaahaaaa' })
  const chosen = new Set([at(seatMap, 'A-1-3'), at(seatMap, 'A-1-5')])
  expect(labelsOf(seatMap, nearestSeats(seatMap, [at(seatMap, 'A-1-4')], chosen))).toEqual(['A-1-2'])
  const all = new Set(Array.from({ length: 8 }, (_, seat) => seat))
  expect(nearestSeats(seatMap, [at(seatMap, 'A-1-4')], all)).toEqual([])
})

test('no pair across an aisle is offered while there is another', () => {
  const seatMap = seatMapOf({ '1': 'a_ah_hsaa' })
  expect(labelsOf(seatMap, nearestSeats(seatMap, [2, 3], NONE))).toEqual(['A-1-6', 'A-1-7'])
})

test('single seats are offered if there is no pair, marked seats never', () => {
  const rows = { '1': 'hsahaa' }
  const section = seated('A', rows)
  const row = section.layout?.[0]
  if (row) row.marks = [{ seat: 5, kind: 'wheelchair' }]
  const concert = concertOf([section])
  const seatMap = seatMapModelOf(concert, seatsOf(concert, { A: rows }))
  expect(labelsOf(seatMap, nearestSeats(seatMap, [0, 3], NONE))).toEqual(['A-1-3', 'A-1-6'])
  expect(nearestSeats(seatMap, [0, 1, 3], NONE)).toEqual([])
})
