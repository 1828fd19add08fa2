import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConnectionError, ProblemError } from './problem'
import { sendWithRetry } from './send-with-retry'

const refusal = (status: number, code: string, retryAfterMs?: number) =>
  new ProblemError(
    { type: `urn:boxoffice:problem:${code}`, title: code, status, code, errors: [] },
    retryAfterMs,
  )
const lost = new ConnectionError('no answer')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A `send` that fails with these errors in turn and then succeeds, and a counter of its calls. */
function sending(...failures: unknown[]) {
  let sent = 0
  const send = () => {
    sent += 1
    const failure = failures[sent - 1]
    return failure === undefined ? Promise.resolve('done') : Promise.reject(failure)
  }
  return { send, sent: () => sent }
}

test.each([
  ['a lost answer', lost],
  ['a server that failed', refusal(500, 'internal_error')],
  ['a server that is busy', refusal(503, 'busy')],
  ['a request that did not arrive in time', refusal(408, 'request_timeout')],
])('%s is asked for again until there is an answer', async (_what, failure) => {
  const { send, sent } = sending(failure, failure)
  const unanswered = vi.fn()
  const outcome = sendWithRetry(send, { signal: new AbortController().signal, onRetry: unanswered })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await outcome).toBe('done')
  expect(sent()).toBe(3)
  expect(unanswered).toHaveBeenCalledTimes(2)
})

test('a refusal is not retried', async () => {
  const { send, sent } = sending(refusal(409, 'seats_unavailable'))
  await expect(sendWithRetry(send, { signal: new AbortController().signal })).rejects.toMatchObject({
    code: 'seats_unavailable',
  })
  expect(sent()).toBe(1)
})

test('retries respect Retry-After', async () => {
  const { send, sent } = sending(refusal(503, 'busy', 7_000))
  const outcome = sendWithRetry(send, { signal: new AbortController().signal })
  await vi.advanceTimersByTimeAsync(6_900)
  expect(sent()).toBe(1)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(await outcome).toBe('done')
})

test('a Retry-After above the limit is thrown', async () => {
  const { send } = sending(refusal(429, 'too_many_requests', 60_000))
  const bounds = { signal: new AbortController().signal, retryAfterMaxMs: 10_000 }
  await expect(sendWithRetry(send, bounds)).rejects.toMatchObject({ code: 'too_many_requests' })
})

test('the next attempt is made as soon as the browser is online', async () => {
  const { send, sent } = sending(lost, lost, lost, lost, lost)
  const outcome = sendWithRetry(send, { signal: new AbortController().signal })
  await vi.advanceTimersByTimeAsync(20_000)
  const before = sent()
  window.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(0)
  expect(sent()).toBe(before + 1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await outcome).toBe('done')
})

test('aborting stops the retries', async () => {
  const { send, sent } = sending(lost, lost)
  const left = new AbortController()
  const outcome = sendWithRetry(send, { signal: left.signal })
  const ended = expect(outcome).rejects.toThrow('left')
  await vi.advanceTimersByTimeAsync(10)
  left.abort(new Error('left'))
  await vi.advanceTimersByTimeAsync(60_000)
  await ended
  expect(sent()).toBe(1)
})

test('an attempt without an answer times out and is retried', async () => {
  let sent = 0
  const send = (signal: AbortSignal) => {
    sent += 1
    if (sent > 1) return Promise.resolve('done')
    return new Promise<string>((_done, failed) => signal.addEventListener('abort', () => failed(lost)))
  }
  const outcome = sendWithRetry(send, { signal: new AbortController().signal })
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome).toBe('done')
})

test('after the last attempt the error is thrown', async () => {
  const { send, sent } = sending(...Array.from({ length: 99 }, () => lost))
  const outcome = sendWithRetry(send, { signal: new AbortController().signal })
  const ended = expect(outcome).rejects.toBe(lost)
  await vi.advanceTimersByTimeAsync(10 * 60_000)
  await ended
  expect(sent()).toBeLessThan(20)
})
