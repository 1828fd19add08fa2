import type { components } from './schema'

export type ProblemDocument = components['schemas']['Problem']

/** What the server says when something does not work out: an RFC 9457 problem document. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly problem: ProblemDocument

  constructor(problem: ProblemDocument) {
    super(problem.detail ?? problem.title)
    this.problem = problem
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
}

/** Whether an error is a problem of one of these codes. */
export function isProblem(error: unknown, ...codes: string[]): error is ProblemError {
  return error instanceof ProblemError && codes.includes(error.code)
}

/** Whether trying again may help although nothing was changed. */
export function isPassing(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ProblemError && error.status >= 500)
}

function isProblemDocument(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
}

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The body of a successful answer. Anything else is thrown as `ProblemError` or `ConnectionError`. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw cause instanceof ProblemError ? cause : new ConnectionError('no answer', { cause })
  })
  if (response.ok) return data as T
  if (isProblemDocument(error)) throw new ProblemError(error)
  // Something between us and the server answered in its place.
  throw new ConnectionError(`answered ${response.status}`)
}
