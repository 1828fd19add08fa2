import { expect, test } from 'vitest'
import { instantOf, isTimeZone, wallClockOf } from './zoned'

test.each([
  ['2026-12-31T20:00', 'Asia/Jakarta', '2026-12-31T13:00:00.000Z'],
  ['2027-01-01T00:30', 'Asia/Jakarta', '2026-12-31T17:30:00.000Z'],
  ['2026-07-01T20:00', 'Europe/Berlin', '2026-07-01T18:00:00.000Z'],
  ['2026-01-01T20:00', 'Europe/Berlin', '2026-01-01T19:00:00.000Z'],
  ['2026-06-01T12:00', 'Asia/Kathmandu', '2026-06-01T06:15:00.000Z'],
  ['2026-06-01T12:00', 'America/St_Johns', '2026-06-01T14:30:00.000Z'],
])('clocks show %s in %s at %s', (wall, zone, instant) => {
  expect(instantOf(wall, zone)).toBe(instant)
  expect(wallClockOf(instant, zone)).toBe(wall)
})

test('a time that clocks show twice is the first one, and one that they skip is none', () => {
  expect(instantOf('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
  expect(instantOf('2026-03-29T02:30', 'Europe/Berlin')).toBeUndefined()
  expect(instantOf('2026-03-29T03:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
})

test('nonsense is neither a time nor a zone', () => {
  expect(instantOf('', 'Asia/Jakarta')).toBeUndefined()
  expect(instantOf('soon', 'Asia/Jakarta')).toBeUndefined()
  expect([isTimeZone('Asia/Jakarta'), isTimeZone('Asia/Nowhere'), isTimeZone('')]).toEqual([
    true,
    false,
    false,
  ])
})
