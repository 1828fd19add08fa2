import type { SalesBucket, SalesReport, SalesStep } from '@/api/reports'
import { startOfDay, wallClockOf } from '@/i18n/time'

/** The sales of an hour or of a day, which may be 0. */
export type Step = { startsAt: string; tickets: number; revenue: number; placed: number }

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The newest steps are shown: 48 hours or 60 days. */
const STEPS_MAX: Record<SalesBucket, number> = { hour: 48, day: 60 }
/** Fewer bars say little. */
const STEPS_MIN: Record<SalesBucket, number> = { hour: 12, day: 7 }
const DATE = 'YYYY-MM-DD'.length

function nextAfter(startsAt: string, { bucket, time_zone }: SalesReport): string {
  if (bucket === 'hour') return new Date(Date.parse(startsAt) + HOUR_MS).toISOString()
  const date = wallClockOf(startsAt, time_zone).slice(0, DATE)
  const tomorrow = new Date(Date.parse(`${date}T00:00Z`) + DAY_MS).toISOString().slice(0, DATE)
  return startOfDay(tomorrow, time_zone) ?? startsAt
}

/** The start of the step that contains an instant. */
function stepOf(instant: string, { bucket, time_zone }: SalesReport): string {
  const wall = wallClockOf(instant, time_zone)
  const minute = Number(wall.slice('YYYY-MM-DDTHH:'.length))
  const passed = Date.parse(instant) % 60_000
  const hour = new Date(Date.parse(instant) - passed - minute * 60_000).toISOString()
  if (bucket === 'hour') return hour
  const date = wall.slice(0, DATE)
  return startOfDay(date, time_zone) ?? hour
}

/** All steps from the first sale until now, limited to the newest. */
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

/**
 * Adds sales to the step that contains them. When the browser does not know the zone, days begin at another time than
 * the server's.
 */
function count({ starts_at, tickets, revenue, bookings }: SalesStep, steps: Step[]): void {
  const at = Date.parse(starts_at)
  const step = steps.findLast(({ startsAt }) => Date.parse(startsAt) <= at)
  if (!step) return
  step.tickets += tickets
  step.revenue += revenue
  step.placed += bookings.placed
}

/** The top of the scale: a round number, and even, so that half of it is a number of tickets. */
export function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(4, most)))
  const factor = [1, 2, 4, 6, 8, 10].find((factor) => factor * power >= most) ?? 10
  return Math.max(4, factor * power)
}
