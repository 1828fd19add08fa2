import { ConnectionError, errorOf, isPassing, PersonChangedError } from './problem'
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
/**
 * Remembers whose refresh cookie there is, which scripts cannot see: without one the server need not be asked, and all tabs
 * learn from it who is logged in now.
 */
const HINT = 'boxoffice.session'
/** What pages of an earlier version wrote there for every person. */
const UNNAMED = '1'
/** All tabs share one refresh token, and each is good for one use. */
const LOCK = 'boxoffice.refresh'
/** A token is renewed this long before it ends, so that no request arrives with one that just did. */
const MARGIN_MS = 30_000
const RETRY_MS = 2_000
/** A refresh whose answer does not come in time is repeated soon: the server gives the same successor for a while. */
const REFRESH_ANSWER_MS = 4_000
const REFRESH_PAUSES_MS = [300, 1_000, 3_000]

type Held = { token: string; renewAt: number; person: string }

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

function personOf(known: SessionState): string | undefined {
  return known.status === 'member' ? known.user.id : undefined
}

function keep({ access_token, expires_in, user }: SessionDocument): string {
  const before = personOf(state)
  held = { token: access_token, renewAt: Date.now() + expires_in * 1000 - MARGIN_MS, person: user.id }
  localStorage.setItem(HINT, user.id)
  if (before !== undefined && before !== user.id) {
    // The pages of the one person are gone before those of the other are drawn.
    become({ status: 'unknown' })
    setTimeout(() => held?.person === user.id && become({ status: 'member', user }))
  } else become({ status: 'member', user })
  return access_token
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

/** Another tab has logged out, or logged in: this one follows. */
function follow(): void {
  if (state.status === 'unknown') return
  const person = localStorage.getItem(HINT)
  if (person === null) {
    if (state.status === 'member') forget(false)
  } else if (person !== UNNAMED && person !== personOf(state)) {
    held = undefined
    become({ status: 'unknown' })
    void resume()
  }
}

window.addEventListener('storage', ({ key }) => {
  if (key === HINT || key === null) follow()
})

async function problemOf(answer: Response): Promise<Error> {
  return errorOf(answer, await answer.json().catch(() => undefined))
}

async function bodyOf(answer: Response): Promise<SessionDocument> {
  try {
    return await answer.json()
  } catch (cause) {
    throw new ConnectionError('the answer broke off', { cause })
  }
}

/** Exchanges the refresh token; repeated when the answer is lost, because the server has used it up then. */
async function exchange(): Promise<string | undefined> {
  for (const pause of REFRESH_PAUSES_MS) {
    try {
      return await exchangeOnce()
    } catch (error) {
      if (!isPassing(error)) throw error
      await new Promise((done) => setTimeout(done, pause))
    }
  }
  return exchangeOnce()
}

async function exchangeOnce(): Promise<string | undefined> {
  const answer = await call('/refresh', { method: 'POST', signal: AbortSignal.timeout(REFRESH_ANSWER_MS) })
  if (answer.ok) return keep(await bodyOf(answer))
  if (answer.status === 401 || answer.status === 403) {
    forget(state.status === 'member')
    return undefined
  }
  throw await problemOf(answer)
}

/**
 * Gets a new access token; all who ask while it is on its way wait for the same one. `undefined` when the session is over.
 *
 * @throws PersonChangedError when the session has become another person's: nothing is done in their name.
 */
export async function renew(): Promise<string | undefined> {
  const before = personOf(state)
  const token = await renewOnce()
  if (token !== undefined && before !== undefined && held?.person !== before) {
    throw new PersonChangedError('another person has logged in')
  }
  return token
}

function renewOnce(): Promise<string | undefined> {
  // Browsers have locks on HTTPS and on localhost only.
  const locks: LockManager | null | undefined = navigator.locks
  renewing ??= (locks ? locks.request(LOCK, exchange) : exchange()).finally(() => {
    renewing = undefined
  })
  return renewing
}

/** An access token that will live for a moment; `undefined` for a visitor. */
export async function accessToken(): Promise<string | undefined> {
  const before = personOf(state)
  // A tab that was asleep has not been told.
  follow()
  if (before !== undefined && personOf(state) === undefined && localStorage.getItem(HINT) !== null) {
    throw new PersonChangedError('another person has logged in')
  }
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
    // A lost connection ends no session.
    if (isPassing(error)) setTimeout(resume, RETRY_MS)
    else forget(false)
  }
}

/** @throws ProblemError, ConnectionError */
export async function logIn(login: string, password: string, signal?: AbortSignal): Promise<User> {
  const body = JSON.stringify({ login, password })
  const headers = { 'Content-Type': 'application/json' }
  const answer = await call('', { method: 'POST', body, headers, ...(signal && { signal }) })
  if (!answer.ok) throw await problemOf(answer)
  const session = await bodyOf(answer)
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
