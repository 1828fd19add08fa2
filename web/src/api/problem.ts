import type { components } from './schema'

export type ProblemDocument = components['schemas']['Problem']

/** What the server says when something does not work out: an RFC 9457 problem document. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly problem: ProblemDocument
  /** How long the server asks to be left alone, if it says so. */
  readonly retryAfterMs: number | undefined

  constructor(problem: ProblemDocument, retryAfterMs?: number) {
    super(problem.detail ?? problem.title)
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  get code(): string {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }
}

/** The server could not be reached, or its answer did not arrive. */
export class ConnectionError extends Error {
  override name = 'ConnectionError'
  /** How long whatever answered in the server's place asks to be left alone, if it says so. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options?: ErrorOptions & { retryAfterMs?: number | undefined }) {
    super(message, options)
    this.retryAfterMs = options?.retryAfterMs
  }
}

/** Another person has logged in since the page was opened: a request of the person before is not sent. */
export class UserChangedError extends Error {
  override name = 'PersonChangedError'
}

/** Whether an error is a problem of one of these codes. */
export function isProblem(error: unknown, ...codes: string[]): error is ProblemError {
  return error instanceof ProblemError && codes.includes(error.code)
}

/** Whether what was asked for is not there, or was never there: an address may hold anything. */
export function isNotFound(error: unknown): error is ProblemError {
  return isProblem(error, 'not_found', 'concert_not_found', 'booking_not_found', 'malformed_id')
}

/** Whether trying again may help although nothing was changed. */
export function isTransient(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ProblemError && error.status >= 500)
}

const REQUEST_TIMEOUT = 408
const TOO_MANY_REQUESTS = 429

/**
 * Whether a request that changes something should be sent again under the same key: what became of it is not known, or
 * the server never looked at it.
 */
export function isRetryable(error: unknown): boolean {
  if (isTransient(error)) return true
  return error instanceof ProblemError && [REQUEST_TIMEOUT, TOO_MANY_REQUESTS].includes(error.status)
}

/** How long the server asks to be left alone, if it says so. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof ProblemError || error instanceof ConnectionError ? error.retryAfterMs : undefined
}

const SECOND_MS = 1_000

/** The header `Retry-After` in milliseconds: seconds, or the time at which to come back. */
function retryAfterIn({ headers }: Response): number | undefined {
  const said = headers.get('Retry-After')?.trim()
  if (!said) return undefined
  if (/^\d+$/.test(said)) return Number(said) * SECOND_MS
  const [until, now] = [Date.parse(said), Date.parse(headers.get('Date') ?? '')]
  return Number.isNaN(until) ? undefined : Math.max(0, until - (Number.isNaN(now) ? Date.now() : now))
}

/** What an answer without success means; `body` is what could be read of it. */
export function errorOf(response: Response, body: unknown): ProblemError | ConnectionError {
  const retryAfterMs = retryAfterIn(response)
  if (isProblemDocument(body)) return new ProblemError(body, retryAfterMs)
  // Something between us and the server answered in its place.
  return new ConnectionError(`answered ${response.status}`, { retryAfterMs })
}

function isProblemDocument(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
}

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The body of a successful answer. Anything else is thrown as `ProblemError` or `ConnectionError`. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    const isOurs = cause instanceof ProblemError || cause instanceof UserChangedError
    throw isOurs ? cause : new ConnectionError('no answer', { cause })
  })
  if (response.ok) return data as T
  throw errorOf(response, error)
}
