import { HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import type { ProblemDocument } from '@/api/problem'

/** A mock of the server; each test sets its handlers. */
export const server = setupServer()

/** The URL of an operation. */
export function at(path: string): string {
  return `${window.location.origin}/api/v1${path}`
}

/** A refusal as the server writes it. */
export function problem(status: number, code: string, more: Partial<ProblemDocument> = {}) {
  const body: ProblemDocument = {
    type: `urn:boxoffice:problem:${code}`,
    title: code,
    status,
    code,
    errors: [],
    ...more,
  }
  return HttpResponse.json(body, { status, headers: { 'Content-Type': 'application/problem+json' } })
}
