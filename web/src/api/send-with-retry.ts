import { isRetryable, retryAfterOf } from './problem'

/** The first pause before a request is sent again; each further one is twice as long. */
const PAUSE_MS = 1_000
const PAUSE_MAX_MS = 15_000
/** So much of a pause is left to chance, so that all who were cut off together do not come back together. */
const JITTER = 0.25
/** An answer that takes longer is not coming. */
const ATTEMPT_TIMEOUT_MS = 20_000
/** After so many attempts people decide whether to go on: about two minutes. */
const ATTEMPTS_MAX = 12

type Options = {
  /** Ends the repeating; a request that is under way is let be. */
  signal: AbortSignal
  /** Called when an attempt had no answer and another one will follow. */
  onRetry?: (error: unknown) => void
  attemptsMax?: number
  /** A server that asks to be left alone for longer is not asked again. */
  retryAfterMaxMs?: number
}

/** How long to wait after so many attempts. */
function backoffMs(attempts: number, error: unknown, random = Math.random()): number {
  const usual = Math.min(PAUSE_MS * 2 ** (attempts - 1), PAUSE_MAX_MS)
  const asked = retryAfterOf(error) ?? 0
  return Math.max(usual, asked) * (1 + JITTER * random)
}

/** Waits, though not longer than the browser is without a network. */
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
 * Sends a request that changes something until the server says what became of it: a lost answer and a failing server
 * leave that open. `send` must send the same request under the same key each time; it should give up by its signal.
 *
 * @throws what the server refused it with; the last error after `attemptsMax` attempts; the signal's reason.
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

/** An attempt whose answer does not come is one without an answer. */
async function withTimeout<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), ATTEMPT_TIMEOUT_MS)
  try {
    return await send(timeout.signal)
  } finally {
    clearTimeout(timer)
  }
}
