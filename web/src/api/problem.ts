import type { components } from './schema'

export type ProblemDocument = components['schemas']['Problem']

/** A refusal of the server: an RFC 9457 problem document. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly problem: ProblemDocument
  /** From `Retry-After`. */
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
  /** From the `Retry-After` of a proxy that answered in the server's place. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options?: ErrorOptions & { retryAfterMs?: number | undefined }) {
    super(message, options)
    this.retryAfterMs = options?.retryAfterMs
  }
}

/** Another user has logged in since the page was opened, so the previous user's request was not sent. */
export class UserChangedError extends Error {
  override name = 'PersonChangedError'
}

/** Whether an error is a problem of one of these codes. */
export function isProblem(error: unknown, ...codes: string[]): error is ProblemError {
  return error instanceof ProblemError && codes.includes(error.code)
}

/** Whether the resource does not exist. The URL may hold any text, so a malformed id counts as well. */
export function isNotFound(error: unknown): error is ProblemError {
  return isProblem(error, 'not_found', 'concert_not_found', 'booking_not_found', 'malformed_id')
}

/** Whether a retry may succeed. */
export function isTransient(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ProblemError && error.status >= 500)
}

const REQUEST_TIMEOUT = 408
const TOO_MANY_REQUESTS = 429

/**
 * Whether a request that changes something should be repeated under the same key: its outcome is unknown, or the
 * server did not process it.
 */
export function isRetryable(error: unknown): boolean {
  if (isTransient(error)) return true
  return error instanceof ProblemError && [REQUEST_TIMEOUT, TOO_MANY_REQUESTS].includes(error.status)
}

/** From `Retry-After`. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof ProblemError || error instanceof ConnectionError ? error.retryAfterMs : undefined
}

const SECOND_MS = 1_000

/** `Retry-After` in milliseconds; the header holds seconds or a date. */
function retryAfterIn({ headers }: Response): number | undefined {
  const value = headers.get('Retry-After')?.trim()
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value) * SECOND_MS
  const [until, now] = [Date.parse(value), Date.parse(headers.get('Date') ?? '')]
  return Number.isNaN(until) ? undefined : Math.max(0, until - (Number.isNaN(now) ? Date.now() : now))
}

/** The error for an unsuccessful response; `body` is undefined when it could not be parsed. */
export function errorOf(response: Response, body: unknown): ProblemError | ConnectionError {
  const retryAfterMs = retryAfterIn(response)
  if (isProblemDocument(body)) return new ProblemError(body, retryAfterMs)
  // A proxy answered in the server's place.
  return new ConnectionError(`answered ${response.status}`, { retryAfterMs })
}

function isProblemDocument(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
}

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The body of a successful response. @throws ProblemError, ConnectionError */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    const isOurs = cause instanceof ProblemError || cause instanceof UserChangedError
    throw isOurs ? cause : new ConnectionError('no answer', { cause })
  })
  if (response.ok) return data as T
  throw errorOf(response, error)
}
