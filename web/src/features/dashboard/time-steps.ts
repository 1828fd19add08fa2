import type { SalesBucket, SalesReport, SalesStep } from '@/api/reports'
import { startOfDay, wallClockOf } from '@/i18n/time'

/** What was sold in an hour or on a day; also when it was nothing. */
export type Step = { startsAt: string; tickets: number; revenue: number; placed: number }

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The newest steps are shown: two days of hours, two months of days. */
const STEPS_MAX: Record<SalesBucket, number> = { hour: 48, day: 60 }
/** A chart of one or two bars says little. */
const STEPS_MIN: Record<SalesBucket, number> = { hour: 12, day: 7 }
const DATE = 'YYYY-MM-DD'.length

function nextAfter(startsAt: string, { bucket, time_zone }: SalesReport): string {
  if (bucket === 'hour') return new Date(Date.parse(startsAt) + HOUR_MS).toISOString()
  const date = wallClockOf(startsAt, time_zone).slice(0, DATE)
  const tomorrow = new Date(Date.parse(`${date}T00:00Z`) + DAY_MS).toISOString().slice(0, DATE)
  return startOfDay(tomorrow, time_zone) ?? startsAt
}

/** The beginning of the step that holds an instant. */
function stepOf(instant: string, { bucket, time_zone }: SalesReport): string {
  const wall = wallClockOf(instant, time_zone)
  const minute = Number(wall.slice('YYYY-MM-DDTHH:'.length))
  const passed = Date.parse(instant) % 60_000
  const hour = new Date(Date.parse(instant) - passed - minute * 60_000).toISOString()
  if (bucket === 'hour') return hour
  const date = wall.slice(0, DATE)
  return startOfDay(date, time_zone) ?? hour
}

/** Every step up to now, from the first in which anything was placed, but not more than fit. */
export function stepsOf(report: SalesReport): Step[] {
  const most = STEPS_MAX[report.bucket]
  const length = report.bucket === 'hour' ? HOUR_MS : DAY_MS
  const now = Date.parse(report.at)
  const first = Date.parse(report.sales[0]?.starts_at ?? report.at)
  const fewest = now - (STEPS_MIN[report.bucket] - 1) * length
  const from = Math.max(Math.min(first, fewest), now - (most - 1) * length)
  const steps: Step[] = []
  let startsAt = stepOf(new Date(from).toISOString(), report)
  while (Date.parse(startsAt) <= now && steps.length < most) {
    steps.push({ startsAt, tickets: 0, revenue: 0, placed: 0 })
    const next = nextAfter(startsAt, report)
    if (next <= startsAt) break
    startsAt = next
  }
  for (const sold of report.sales) count(sold, steps)
  return steps
}

/** Adds what was sold to the step that it lies in. Where the browser does not know the zone, its days begin elsewhere. */
function count({ starts_at, tickets, revenue, bookings }: SalesStep, steps: Step[]): void {
  const at = Date.parse(starts_at)
  const step = steps.findLast(({ startsAt }) => Date.parse(startsAt) <= at)
  if (!step) return
  step.tickets += tickets
  step.revenue += revenue
  step.placed += bookings.placed
}

/** The top of a scale: the next of 1, 2 and 5 with zeros, at least 4 so that half of it is a number of tickets. */
export function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(4, most)))
  const factor = [1, 2, 4, 6, 8, 10].find((factor) => factor * power >= most) ?? 10
  return Math.max(4, factor * power)
}
