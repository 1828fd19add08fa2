const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  formats.set(timeZone, made)
  return made
}

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** What a clock on the wall shows in a time zone, as date fields of browsers write it: `2026-12-31T20:00`. */
export function wallClockOf(instant: string, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(new Date(instant))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((known) => known.type === type)?.value ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

const DAY_MS = 86_400_000

/**
 * When a clock on the wall shows this time; the first time when clocks show it twice. `undefined` when they never do,
 * because they are put forward just then, or when it is no time at all.
 */
export function instantOf(wallClock: string, timeZone: string): string | undefined {
  const asUtc = Date.parse(`${wallClock}Z`)
  if (Number.isNaN(asUtc)) return undefined
  // Clocks are put forward and back months apart, so one of the offsets around the time is that of the time.
  const offsetAt = (instant: number) =>
    Date.parse(`${wallClockOf(new Date(instant).toISOString(), timeZone)}Z`) - instant
  const minute = asUtc - (asUtc % 60_000)
  return [offsetAt(minute - DAY_MS), offsetAt(minute + DAY_MS)]
    .map((offset) => new Date(asUtc - offset).toISOString())
    .sort()
    .find((instant) => wallClockOf(instant, timeZone) === wallClock.slice(0, 'YYYY-MM-DDTHH:MM'.length))
}
