import { beforeEach, expect, test, vi } from 'vitest'

const NOON = Date.parse('2026-11-20T12:00:00Z')
const MINUTE_MS = 60_000

/** The module in its initial state. */
async function opened() {
  vi.resetModules()
  return import('./server-time')
}

const answerOf = (time: number) => new Response(null, { headers: { Date: new Date(time).toUTCString() } })

beforeEach(() => {
  vi.useFakeTimers({ now: NOON })
  return () => vi.useRealTimers()
})

test.each([10, -10])(
  'a device clock that is %i minutes off is corrected by the first response',
  async (minutes) => {
    const { recordServerTime, serverNow, monotonicNow } = await opened()
    expect(serverNow()).toBe(NOON)
    const truth = NOON - minutes * MINUTE_MS
    recordServerTime(answerOf(truth), monotonicNow())
    expect(serverNow()).toBe(truth)
    vi.advanceTimersByTime(MINUTE_MS)
    expect(serverNow()).toBe(truth + MINUTE_MS)
  },
)

test('a device clock that is corrected while the page is open has no effect', async () => {
  const { recordServerTime, serverNow, monotonicNow } = await opened()
  recordServerTime(answerOf(NOON), monotonicNow())
  vi.setSystemTime(NOON + 10 * MINUTE_MS)
  expect(serverNow()).toBe(NOON)
})

test('slow responses do not turn the clock back, and newer ones make it more exact', async () => {
  const { recordServerTime, serverNow, monotonicNow } = await opened()
  recordServerTime(answerOf(NOON), monotonicNow())
  vi.advanceTimersByTime(5_000)
  recordServerTime(answerOf(NOON), monotonicNow())
  expect(serverNow()).toBe(NOON + 5_000)
  recordServerTime(answerOf(NOON + 6_000), monotonicNow())
  expect(serverNow()).toBe(NOON + 6_000)
  recordServerTime(new Response(), monotonicNow())
  expect(serverNow()).toBe(NOON + 6_000)
})

test('the estimate of the server’s clock has an upper and a lower bound', async () => {
  const { recordServerTime, serverNow, serverNowAtLatest, monotonicNow } = await opened()
  // At the server it is 12:00:00.7; the header has whole seconds.
  recordServerTime(answerOf(NOON), monotonicNow())
  expect(serverNow()).toBe(NOON)
  expect(serverNowAtLatest()).toBe(NOON + 1_000)
  // 0.4 seconds later the header has the next second, so it was at least 12:00:00.6 before.
  vi.advanceTimersByTime(400)
  recordServerTime(answerOf(NOON + 1_000), monotonicNow())
  expect(serverNow()).toBe(NOON + 1_000)
  expect(serverNowAtLatest()).toBe(NOON + 1_400)
})

test('a cached response does not affect the estimate of the clock', async () => {
  const { recordServerTime, serverNowAtLatest, monotonicNow } = await opened()
  recordServerTime(answerOf(NOON - MINUTE_MS), monotonicNow())
  recordServerTime(answerOf(NOON), monotonicNow())
  expect(serverNowAtLatest()).toBeGreaterThanOrEqual(NOON)
  recordServerTime(answerOf(NOON - MINUTE_MS), monotonicNow())
  expect(serverNowAtLatest()).toBeGreaterThanOrEqual(NOON)
})
