/** A monotonic clock: changes of the device's time do not affect it. */
const elapsed = () => performance.now()

/** The server's time at `elapsed() === 0` lies between these. Until the first answer, the device's time is used. */
let earliest = Date.now() - elapsed()
let latest = earliest
let isKnown = false

const SECOND_MS = 1_000

/** The monotonic time, to be read before a request is sent, for `recordServerTime`. */
export const monotonicNow = elapsed

/**
 * Narrows the range of the server's time by the `Date` header of an answer. The header has whole seconds: its time is not
 * later than the arrival of the answer, and the end of its second is not earlier than the sending of the request.
 */
export function recordServerTime({ headers }: Response, sent: number): void {
  const serverTime = Date.parse(headers.get('Date') ?? '')
  if (Number.isNaN(serverTime)) return
  const [from, to] = [serverTime - elapsed(), serverTime + SECOND_MS - sent]
  earliest = isKnown ? Math.max(earliest, from) : from
  // An answer from the browser's cache has an old time, which must not become the latest.
  if (!isKnown || latest < earliest) latest = Math.max(to, earliest)
  else if (to >= earliest) latest = Math.min(latest, to)
  isKnown = true
}

/** The earliest possible time of the server, in milliseconds since 1970: for what must not begin too early. */
export function serverNow(): number {
  return earliest + elapsed()
}

/** The latest possible time of the server: for what must not end too late. */
export function serverNowAtLatest(): number {
  return latest + elapsed()
}
