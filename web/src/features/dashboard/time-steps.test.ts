import { expect, test } from 'vitest'
import { aReport } from '@/testing/samples'
import { niceTop, stepsOf } from './time-steps'

const bookings = { placed: 3, confirmed: 2, pending: 0, expired: 1, cancelled: 0 }
const sale = (starts_at: string, tickets: number) => ({
  starts_at,
  bookings,
  tickets,
  revenue: tickets * 100,
})

test('days without sales are included, up to today in the venue’s time zone', () => {
  const steps = stepsOf(
    aReport({
      at: '2026-11-21T18:00:00Z',
      sales: [sale('2026-11-10T17:00:00Z', 4), sale('2026-11-12T17:00:00Z', 2)],
    }),
  )
  expect(steps).toHaveLength(12)
  expect(steps.slice(0, 3)).toEqual([
    { startsAt: '2026-11-10T17:00:00.000Z', tickets: 4, revenue: 400, placed: 3 },
    { startsAt: '2026-11-11T17:00:00.000Z', tickets: 0, revenue: 0, placed: 0 },
    { startsAt: '2026-11-12T17:00:00.000Z', tickets: 2, revenue: 200, placed: 3 },
  ])
  // It is already the 22nd in Jakarta.
  expect(steps.at(-1)?.startsAt).toBe('2026-11-21T17:00:00.000Z')
})

test('days with 23 or 25 hours are one step', () => {
  const steps = stepsOf(
    aReport({
      time_zone: 'Europe/Berlin',
      at: '2026-10-27T12:00:00Z',
      sales: [sale('2026-10-26T23:00:00Z', 1)],
    }),
  )
  expect(steps.map(({ startsAt }) => startsAt).slice(-4)).toEqual([
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
    '2026-10-26T23:00:00.000Z',
  ])
  expect(steps.at(-1)?.tickets).toBe(1)
})

test('hours are in the venue’s time zone, and only the newest are shown', () => {
  const sales = [sale('2026-11-01T05:30:00Z', 9), sale('2026-11-21T14:30:00Z', 5)]
  const steps = stepsOf(
    aReport({ bucket: 'hour', time_zone: 'Asia/Kolkata', at: '2026-11-21T15:10:00Z', sales }),
  )
  expect(steps).toHaveLength(48)
  expect(steps.at(-1)).toMatchObject({ startsAt: '2026-11-21T14:30:00.000Z', tickets: 5 })
})

test('in a zone unknown to the browser days begin in UTC and no sale is lost', () => {
  const sales = [sale('2026-11-18T03:00:00Z', 4), sale('2026-11-19T03:00:00Z', 2)]
  const steps = stepsOf(aReport({ time_zone: 'America/Newtown', at: '2026-11-20T12:00:00Z', sales }))
  expect(steps.at(-1)?.startsAt).toBe('2026-11-20T00:00:00.000Z')
  expect(steps.slice(-3).map(({ tickets }) => tickets)).toEqual([4, 2, 0])
})

test('before the first sale the chart shows a week of zeros', () => {
  const steps = stepsOf(aReport({ sales: [] }))
  expect(steps).toHaveLength(7)
  expect(steps.every(({ tickets }) => tickets === 0)).toBe(true)
})

test.each([
  [0, 4],
  [3, 4],
  [7, 8],
  [11, 20],
  [99, 100],
  [4_200, 6_000],
])('a scale for %i ends at %i', (most, top) => {
  expect(niceTop(most)).toBe(top)
})
