import { expect, test } from 'vitest'
import { entryDistance } from './draw-seat-map'

const low = [10, 10] as const
const high = [110, 90] as const

test.each([
  ['is in view already', [20, 20], [1, 0], 0],
  ['comes in from the left', [-40, 50], [1, 0], 50],
  ['comes in from below, turned', [60, 190], [0, -1], 100],
  ['passes above', [-40, 5], [1, 0], undefined],
  ['goes away', [120, 50], [1, 0], undefined],
  ['passes a corner', [0, 85], [Math.SQRT1_2, Math.SQRT1_2], undefined],
] as const)('a row that %s', (_, from, way, far) => {
  const found = entryDistance(from, way, low, high)
  if (far === undefined) expect(found).toBeUndefined()
  else expect(found).toBeCloseTo(far)
})
