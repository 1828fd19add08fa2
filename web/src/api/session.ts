import { ConnectionError, isPassing, ProblemError } from './problem'
import type { components } from './schema'

export type User = components['schemas']['User']
type SessionDocument = components['schemas']['Session']

/**
 * Who is here. `unknown` until the refresh cookie of an earlier visit has been tried; `ended` when the server ended a
 * session that the person did not end.
 */
export type SessionState =
  | { status: 'unknown' }
  | { status: 'anonymous'; ended: boolean }
  | { status: 'member'; user: User }

const SESSIONS = '/api/v1/sessions'
/** Remembers that there is a refresh cookie, which scripts cannot see; without one nobody needs to be asked. */
const HINT = 'boxoffice.session'
/** All tabs share one refresh token, and each is good for one use. */
const LOCK = 'boxoffice.refresh'
/** A token is renewed this long before it ends, so that no request arrives with one that just did. */
const MARGIN_MS = 30_000
const RETRY_MS = 2_000

type Held = { token: string; renewAt: number }

let state: SessionState = { status: 'unknown' }
let held: Held | undefined
let renewing: Promise<string | undefined> | undefined
const listeners = new Set<() => void>()

function become(next: SessionState): void {
  state = next
  for (const listener of listeners) listener()
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function currentSession(): SessionState {
  return state
}

function keep(session: SessionDocument): string {
  held = { token: session.access_token, renewAt: Date.now() + session.expires_in * 1000 - MARGIN_MS }
  localStorage.setItem(HINT, '1')
  become({ status: 'member', user: session.user })
  return session.access_token
}

function forget(ended: boolean): void {
  held = undefined
  localStorage.removeItem(HINT)
  become({ status: 'anonymous', ended })
}

async function call(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${SESSIONS}${path}`, init)
  } catch (cause) {
    throw new ConnectionError('no answer', { cause })
  }
}

async function problemOf(answer: Response): Promise<Error> {
  const body: unknown = await answer.json().catch(() => undefined)
  const isProblem = typeof body === 'object' && body !== null && 'code' in body
  return isProblem
    ? new ProblemError(body as ProblemError['problem'])
    : new ConnectionError(`answered ${answer.status}`)
}

async function exchange(): Promise<string | undefined> {
  const answer = await call('/refresh', { method: 'POST' })
  if (answer.ok) return keep(await answer.json())
  if (answer.status === 401 || answer.status === 403) {
    forget(state.status === 'member')
    return undefined
  }
  throw await problemOf(answer)
}

/** Gets a new access token; everybody who asks meanwhile waits for the same one. `undefined` when the session is over. */
export function renew(): Promise<string | undefined> {
  // Browsers have locks on HTTPS and on localhost only.
  const locks: LockManager | null | undefined = navigator.locks
  renewing ??= (locks ? locks.request(LOCK, exchange) : exchange()).finally(() => {
    renewing = undefined
  })
  return renewing
}

/** An access token that will live for a moment; `undefined` for a visitor. */
export async function accessToken(): Promise<string | undefined> {
  if (held && Date.now() < held.renewAt) return held.token
  if (state.status === 'anonymous') return undefined
  if (state.status === 'unknown' && localStorage.getItem(HINT) === null) return undefined
  return renew()
}

/** Goes on with the session of an earlier visit, if there is one. */
export async function resume(): Promise<void> {
  if (localStorage.getItem(HINT) === null) {
    become({ status: 'anonymous', ended: false })
    return
  }
  try {
    await renew()
  } catch (error) {
    // Nobody is logged out because the train is in a tunnel.
    if (isPassing(error)) setTimeout(resume, RETRY_MS)
    else forget(false)
  }
}

/** @throws ProblemError, ConnectionError */
export async function logIn(login: string, password: string): Promise<User> {
  const body = JSON.stringify({ login, password })
  const answer = await call('', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } })
  if (!answer.ok) throw await problemOf(answer)
  const session: SessionDocument = await answer.json()
  keep(session)
  return session.user
}

/** Ends the session here even when the server cannot be told. */
export async function logOut(): Promise<void> {
  try {
    await call('/current', { method: 'DELETE' })
  } finally {
    forget(false)
  }
}

/** Forgets the session after the server ended it at the person's wish. */
export function sessionWasClosed(): void {
  forget(false)
}

/** What changed of the account. */
export function userChanged(user: User): void {
  if (state.status === 'member') become({ status: 'member', user })
}
