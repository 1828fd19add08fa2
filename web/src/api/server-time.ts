/** Between two readings of this clock lies what really passed, whatever people do to the time of their device. */
const sinceStart = () => performance.now()

/** The server's time when `sinceStart` was zero; until the server has said anything, the device must do. */
let start = Date.now() - sinceStart()
let isKnown = false

/**
 * Learns from an answer what time it is at the server. The answer was under way for a moment, and its seconds are whole
 * ones: it is at least as late as it says. Of all answers the latest holds, so that what we take for the time is never
 * ahead of the server's and comes closer to it with each answer.
 */
export function learnTime({ headers }: Response): void {
  const said = Date.parse(headers.get('Date') ?? '')
  if (Number.isNaN(said)) return
  const heard = said - sinceStart()
  start = isKnown ? Math.max(start, heard) : heard
  isKnown = true
}

/** The time at the server in milliseconds since 1970: what decides when a sale begins and when a hold ends. */
export function serverNow(): number {
  return start + sinceStart()
}
