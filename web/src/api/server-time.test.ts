import { beforeEach, expect, test, vi } from 'vitest'

const NOON = Date.parse('2026-11-20T12:00:00Z')
const MINUTE_MS = 60_000

/** The module as it is when a page opens. */
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
  'a clock that is %i minutes wrong does not matter once the server spoke',
  async (minutes) => {
    const { learnTime, serverNow } = await opened()
    expect(serverNow()).toBe(NOON)
    const truth = NOON - minutes * MINUTE_MS
    learnTime(answerOf(truth))
    expect(serverNow()).toBe(truth)
    vi.advanceTimersByTime(MINUTE_MS)
    expect(serverNow()).toBe(truth + MINUTE_MS)
  },
)

test('a clock that is put right while the page is open does not matter either', async () => {
  const { learnTime, serverNow } = await opened()
  learnTime(answerOf(NOON))
  vi.setSystemTime(NOON + 10 * MINUTE_MS)
  expect(serverNow()).toBe(NOON)
})

test('answers that were long under way do not turn the clock back, newer ones make it exact', async () => {
  const { learnTime, serverNow } = await opened()
  learnTime(answerOf(NOON))
  vi.advanceTimersByTime(5_000)
  learnTime(answerOf(NOON))
  expect(serverNow()).toBe(NOON + 5_000)
  learnTime(answerOf(NOON + 6_000))
  expect(serverNow()).toBe(NOON + 6_000)
  learnTime(new Response())
  expect(serverNow()).toBe(NOON + 6_000)
})
