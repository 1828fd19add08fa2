/** A monotonic clock: changes of the device's time do not affect it. */
const elapsed = () => performance.now()

/** The server's time when `sinceStart` was zero lies between these; before the server serverTime anything, the device must do. */
let earliest = Date.now() - elapsed()
let latest = earliest
let isKnown = false

const SECOND_MS = 1_000

/** Where this clock stands: to be taken before a request is sent, for `learnTime`. */
export const monotonicNow = elapsed

/**
 * Learns from an answer what time it is at the server. It says whole seconds and was under way for a moment: its time is
 * no later than when the answer came, and its second no earlier than when the request went. Each answer narrows that.
 */
export function recordServerTime({ headers }: Response, sent: number): void {
  const serverTime = Date.parse(headers.get('Date') ?? '')
  if (Number.isNaN(serverTime)) return
  const [from, to] = [serverTime - elapsed(), serverTime + SECOND_MS - sent]
  earliest = isKnown ? Math.max(earliest, from) : from
  // An answer out of the browser's memory says an old time, which is none of the latest.
  if (!isKnown || latest < earliest) latest = Math.max(to, earliest)
  else if (to >= earliest) latest = Math.min(latest, to)
  isKnown = true
}

/** The time at the server in milliseconds since 1970, never ahead of it: what has not begun yet is not begun too early. */
export function serverNow(): number {
  return earliest + elapsed()
}

/** The latest that it may be at the server: what ends there does not go on here. */
export function serverNowAtLatest(): number {
  return latest + elapsed()
}
