import { expect, test } from 'vitest'
import {
  instantsOf,
  isTimeZone,
  nextExistingTime,
  offsetOf,
  ownTimeZone,
  shownZone,
  startOfDay,
  wallClockOf,
  zoneNamed,
} from './time'

test.each([
  ['2026-12-31T20:00', 'Asia/Jakarta', '2026-12-31T13:00:00.000Z', 'UTC+7'],
  ['2027-01-01T00:30', 'Asia/Jakarta', '2026-12-31T17:30:00.000Z', 'UTC+7'],
  ['2026-07-01T20:00', 'Europe/Berlin', '2026-07-01T18:00:00.000Z', 'UTC+2'],
  ['2026-01-01T20:00', 'Europe/Berlin', '2026-01-01T19:00:00.000Z', 'UTC+1'],
  ['2026-06-01T12:00', 'Asia/Kathmandu', '2026-06-01T06:15:00.000Z', 'UTC+5:45'],
  ['2026-06-01T12:00', 'America/St_Johns', '2026-06-01T14:30:00.000Z', 'UTC-2:30'],
  ['2026-06-01T12:00', 'UTC', '2026-06-01T12:00:00.000Z', 'UTC'],
])('clocks show %s in %s once', (wall, zone, instant, offset) => {
  expect(instantsOf(wall, zone)).toEqual([{ instant, offset }])
  expect(wallClockOf(instant, zone)).toBe(wall)
})

test.each([
  [
    '2026-10-25T02:30',
    'Europe/Berlin',
    ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
    ['UTC+2', 'UTC+1'],
  ],
  [
    '2026-11-01T01:15',
    'America/New_York',
    ['2026-11-01T05:15:00.000Z', '2026-11-01T06:15:00.000Z'],
    ['UTC-4', 'UTC-5'],
  ],
  // Half an hour only.
  [
    '2026-04-05T01:45',
    'Australia/Lord_Howe',
    ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z'],
    ['UTC+11', 'UTC+10:30'],
  ],
])('clocks show %s in %s twice', (wall, zone, instants, offsets) => {
  const readings = instantsOf(wall, zone)
  expect(readings.map(({ instant }) => instant)).toEqual(instants)
  expect(readings.map(({ offset }) => offset)).toEqual(offsets)
})

test.each([
  ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T03:00'],
  ['2026-03-29T02:00', 'Europe/Berlin', '2026-03-29T03:00'],
  ['2026-03-08T02:59', 'America/New_York', '2026-03-08T03:00'],
  ['2026-10-04T02:10', 'Australia/Lord_Howe', '2026-10-04T02:30'],
])('clocks never show %s in %s, but %s', (wall, zone, next) => {
  expect(instantsOf(wall, zone)).toEqual([])
  expect(nextExistingTime(wall, zone)).toBe(next)
})

test('the minutes before and after a clock change are unambiguous', () => {
  for (const wall of ['2026-03-29T01:59', '2026-03-29T03:00', '2026-10-25T01:59', '2026-10-25T03:00']) {
    expect(instantsOf(wall, 'Europe/Berlin'), wall).toHaveLength(1)
    expect(nextExistingTime(wall, 'Europe/Berlin'), wall).toBeUndefined()
  }
})

test('a day begins at its first midnight, or later where midnight is skipped', () => {
  expect(startOfDay('2026-06-01', 'Asia/Jakarta')).toBe('2026-05-31T17:00:00.000Z')
  expect(startOfDay('2026-11-01', 'America/Havana')).toBe('2026-11-01T04:00:00.000Z')
  expect(startOfDay('2026-04-24', 'Africa/Cairo')).toBe('2026-04-23T22:00:00.000Z')
  expect(startOfDay('nonsense', 'Africa/Cairo')).toBeUndefined()
})

test('a zone unknown to the browser is shown in UTC', () => {
  expect(isTimeZone('Asia/Nowhere')).toBe(false)
  expect(shownZone('Asia/Nowhere')).toBe('UTC')
  expect(wallClockOf('2026-12-31T13:00:00Z', 'Asia/Nowhere')).toBe('2026-12-31T13:00')
  expect(instantsOf('2026-12-31T13:00', 'Asia/Nowhere')).toEqual([
    { instant: '2026-12-31T13:00:00.000Z', offset: 'UTC' },
  ])
})

test('invalid times and zones are recognised', () => {
  expect(instantsOf('', 'Asia/Jakarta')).toEqual([])
  expect(instantsOf('soon', 'Asia/Jakarta')).toEqual([])
  expect(['Asia/Jakarta', '', 'nowhere', '+07:00', 'Etc/Unknown'].filter(isTimeZone)).toEqual([
    'Asia/Jakarta',
  ])
})

test('zone names get the server’s capitals', () => {
  expect(zoneNamed('asia/jakarta')).toBe('Asia/Jakarta')
  expect(zoneNamed('Asia/Nowhere')).toBe('Asia/Nowhere')
  expect(isTimeZone(ownTimeZone())).toBe(true)
  expect(offsetOf('2026-12-31T13:00:30Z', 'Asia/Jakarta')).toBe('UTC+7')
})
