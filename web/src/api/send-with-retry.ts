import { isRetryable, retryAfterOf } from './problem'

/** The delay before the first retry; it doubles with each further one. */
const PAUSE_MS = 1_000
const PAUSE_MAX_MS = 15_000
/** The random share of a delay: clients that lost the server together must not return together. */
const JITTER = 0.25
const ATTEMPT_TIMEOUT_MS = 20_000
/** About two minutes; after that the user decides whether to try again. */
const ATTEMPTS_MAX = 12

type Options = {
  /** Stops the retries. A request that was already sent is not aborted. */
  signal: AbortSignal
  /** Called before each retry. */
  onRetry?: (error: unknown) => void
  attemptsMax?: number
  /** Gives up when the server's `Retry-After` is longer. */
  retryAfterMaxMs?: number
}

/** Exponential backoff with jitter, and never less than the server's `Retry-After`. */
function backoffMs(attempts: number, error: unknown, random = Math.random()): number {
  const usual = Math.min(PAUSE_MS * 2 ** (attempts - 1), PAUSE_MAX_MS)
  const asked = retryAfterOf(error) ?? 0
  return Math.max(usual, asked) * (1 + JITTER * random)
}

/** Waits for the delay, or until the browser is online again. */
function waitOrOnline(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const end = () => {
      clearTimeout(timer)
      window.removeEventListener('online', wake)
      signal.removeEventListener('abort', stop)
    }
    const wake = () => {
      end()
      done()
    }
    const stop = () => {
      end()
      failed(signal.reason)
    }
    const timer = setTimeout(wake, milliseconds)
    window.addEventListener('online', wake)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
}

/**
 * Repeats a request that changes something until its outcome is known: after a lost answer or a 5xx the server may or
 * may not have made the change. `send` must use the same idempotency key each time and should abort by its signal.
 *
 * @throws the server's refusal; the last error after `attemptsMax` attempts; the signal's reason.
 */
export async function sendWithRetry<T>(
  send: (signal: AbortSignal) => Promise<T>,
  { signal, onRetry, attemptsMax = ATTEMPTS_MAX, retryAfterMaxMs = Number.POSITIVE_INFINITY }: Options,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await withTimeout(send)
    } catch (error) {
      const isLast = attempts >= attemptsMax || (retryAfterOf(error) ?? 0) > retryAfterMaxMs
      if (!isRetryable(error) || isLast || signal.aborted) throw error
      onRetry?.(error)
      await waitOrOnline(backoffMs(attempts, error), signal)
    }
  }
}

async function withTimeout<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), ATTEMPT_TIMEOUT_MS)
  try {
    return await send(timeout.signal)
  } finally {
    clearTimeout(timer)
  }
}
