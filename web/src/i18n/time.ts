const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const UTC = 'UTC'
const TO_THE_MINUTE = 'YYYY-MM-DDTHH:MM'.length

const clocks = new Map<string, Intl.DateTimeFormat | undefined>()

/** `undefined` when the browser does not know the zone. */
function formatterOf(timeZone: string): Intl.DateTimeFormat | undefined {
  if (clocks.has(timeZone)) return clocks.get(timeZone)
  const clock = newClock(timeZone)
  clocks.set(timeZone, clock)
  return clock
}

function newClock(timeZone: string): Intl.DateTimeFormat | undefined {
  // Browsers accept offsets as zones; the server does not, because they have no summer time.
  if (/^[+-]/.test(timeZone)) return undefined
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
  } catch {
    return undefined
  }
}

/** Whether the browser knows a zone. The server may know newer ones. */
export function isTimeZone(name: string): boolean {
  return formatterOf(name) !== undefined
}

/** The zone itself, or UTC when the browser does not know it. */
export function shownZone(name: string): string {
  return isTimeZone(name) ? name : UTC
}

/** The browser's zone; empty when it is not known. */
export function ownTimeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return isTimeZone(timeZone) ? timeZone : ''
}

/** The zone's name in the server's capitals; any other text is returned unchanged. */
export function zoneNamed(typed: string): string {
  const lower = typed.toLowerCase()
  return Intl.supportedValuesOf('timeZone').find((name) => name.toLowerCase() === lower) ?? typed
}

/** The local time of a zone in the format of `datetime-local`: `2026-12-31T20:00`. */
export function wallClockOf(instant: string, timeZone: string): string {
  const parts = formatterOf(shownZone(timeZone))?.formatToParts(new Date(instant)) ?? []
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((item) => item.type === type)?.value ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/** The zone's offset from UTC in minutes. */
function offsetAt(instant: number, timeZone: string): number {
  const minute = Math.floor(instant / MINUTE_MS) * MINUTE_MS
  const shown = Date.parse(`${wallClockOf(new Date(minute).toISOString(), timeZone)}Z`)
  return (shown - minute) / MINUTE_MS
}

/** The offset of a zone at an instant: `UTC+7`, `UTC-3:30`, `UTC`. */
export function offsetOf(instant: string, timeZone: string): string {
  const offset = offsetAt(Date.parse(instant), timeZone)
  if (offset === 0) return UTC
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60]
  const rest = minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`
  return `${UTC}${offset < 0 ? '-' : '+'}${hours}${rest}`
}

/** An instant that a local time stands for, and the zone's offset then. */
export type LocalInstant = { instant: string; offset: string }

/**
 * The instants of a local time, in order: usually one, two in the hour that is repeated when clocks go back, none in
 * the hour that is skipped when they go forward or for an invalid time.
 */
export function instantsOf(wallClock: string, timeZone: string): LocalInstant[] {
  return candidates(wallClock, timeZone)
    .filter((instant) => wallClockOf(instant, timeZone) === wallClock.slice(0, TO_THE_MINUTE))
    .map((instant) => ({ instant, offset: offsetOf(instant, timeZone) }))
}

/** Clocks change months apart, so a time has the offset of a day before or of a day after. */
function candidates(wallClock: string, timeZone: string): string[] {
  const asUtc = Date.parse(`${wallClock}Z`)
  if (Number.isNaN(asUtc)) return []
  const offsets = new Set([offsetAt(asUtc - DAY_MS, timeZone), offsetAt(asUtc + DAY_MS, timeZone)])
  return [...offsets].map((offset) => new Date(asUtc - offset * MINUTE_MS).toISOString()).sort()
}

/** For a skipped local time, the first existing one after it: `2026-03-29T03:00`. */
export function nextExistingTime(wallClock: string, timeZone: string): string | undefined {
  const [before, after] = candidates(wallClock, timeZone)
  if (before === undefined || after === undefined || instantsOf(wallClock, timeZone).length > 0)
    return undefined
  // Bisects to the minute of the change.
  let [low, high] = [Date.parse(before), Date.parse(after)]
  const offset = offsetAt(low, timeZone)
  while (high - low > MINUTE_MS) {
    const middle = Math.floor((low + high) / 2 / MINUTE_MS) * MINUTE_MS
    if (middle <= low || middle >= high) break
    if (offsetAt(middle, timeZone) === offset) low = middle
    else high = middle
  }
  return wallClockOf(new Date(high).toISOString(), timeZone)
}

/** The first instant of a day (`2026-12-31`): midnight, or the first existing time after it. */
export function startOfDay(day: string, timeZone: string): string | undefined {
  const midnight = `${day}T00:00`
  const [first] = instantsOf(midnight, timeZone)
  if (first) return first.instant
  const begin = nextExistingTime(midnight, timeZone)
  return begin === undefined ? undefined : instantsOf(begin, timeZone)[0]?.instant
}
