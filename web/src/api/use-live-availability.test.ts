import { expect, test } from 'vitest'
import type { Availability, SectionAvailability } from './concerts'
import type { Delta } from './live'
import { applyDelta } from './use-live-availability'

const section = (code: string, available: number): SectionAvailability => ({
  code,
  name: code,
  kind: 'seated',
  prices: [],
  total: 10,
  available,
})

const known: Availability = {
  concert_id: 'c',
  version: 7,
  total: 20,
  available: 12,
  sections: [section('A', 5), section('B', 7)],
}
const delta = (from: number, version: number, left: Delta['sections'] = []): Delta => ({
  from,
  version,
  sections: left,
  seats: [],
})

test('a delta updates the sections and the sum', () => {
  const next = applyDelta(known, delta(6, 9, [{ code: 'A', available: 3 }]))
  expect(next).toMatchObject({ version: 9, available: 10 })
  expect(next?.sections.map(({ available }) => available)).toEqual([3, 7])
})

test('an old delta changes nothing', () => {
  expect(applyDelta(known, delta(2, 7, [{ code: 'A', available: 9 }]))).toBe(known)
})

test('a delta after a gap is not applied', () => {
  expect(applyDelta(known, delta(8, 9, [{ code: 'A', available: 1 }]))).toBeUndefined()
})
