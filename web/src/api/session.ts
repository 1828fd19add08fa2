import { ConnectionError, errorOf, isTransient, UserChangedError } from './problem'
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
  | { status: 'authenticated'; user: User }

const SESSIONS = '/api/v1/sessions'
/**
 * Remembers whose refresh cookie there is, which scripts cannot see: without one the server need not be asked, and all tabs
 * learn from it who is logged in now.
 */
const USER_ID_KEY = 'boxoffice.session'
/** What pages of an earlier version wrote there for every person. */
const LEGACY_USER_ID = '1'
/** All tabs share one refresh token, and each is good for one use. */
const LOCK = 'boxoffice.refresh'
/** A token is renewed this long before it ends, so that no request arrives with one that just did. */
const RENEW_BEFORE_MS = 30_000
const RETRY_MS = 2_000
/** A refresh whose answer does not come in time is repeated soon: the server gives the same successor for a while. */
const REFRESH_TIMEOUT_MS = 4_000
const REFRESH_PAUSES_MS = [300, 1_000, 3_000]

type AccessToken = { token: string; renewAt: number; userId: string }

let state: SessionState = { status: 'unknown' }
let currentToken: AccessToken | undefined
let pendingRenewal: Promise<string | undefined> | undefined
const listeners = new Set<() => void>()

function setState(next: SessionState): void {
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

function userIdOf(known: SessionState): string | undefined {
  return known.status === 'authenticated' ? known.user.id : undefined
}

function startSession({ access_token, expires_in, user }: SessionDocument): string {
  const before = userIdOf(state)
  currentToken = {
    token: access_token,
    renewAt: Date.now() + expires_in * 1000 - RENEW_BEFORE_MS,
    userId: user.id,
  }
  localStorage.setItem(USER_ID_KEY, user.id)
  if (before !== undefined && before !== user.id) {
    // The pages of the one person are gone before those of the other are drawn.
    setState({ status: 'unknown' })
    setTimeout(() => currentToken?.userId === user.id && setState({ status: 'authenticated', user }))
  } else setState({ status: 'authenticated', user })
  return access_token
}

function endSession(ended: boolean): void {
  currentToken = undefined
  localStorage.removeItem(USER_ID_KEY)
  setState({ status: 'anonymous', ended })
}

async function call(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${SESSIONS}${path}`, init)
  } catch (cause) {
    throw new ConnectionError('no answer', { cause })
  }
}

/** Another tab has logged out, or logged in: this one follows. */
function syncWithOtherTabs(): void {
  if (state.status === 'unknown') return
  const person = localStorage.getItem(USER_ID_KEY)
  if (person === null) {
    if (state.status === 'authenticated') endSession(false)
  } else if (person !== LEGACY_USER_ID && person !== userIdOf(state)) {
    currentToken = undefined
    setState({ status: 'unknown' })
    void resume()
  }
}

window.addEventListener('storage', ({ key }) => {
  if (key === USER_ID_KEY || key === null) syncWithOtherTabs()
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
      if (!isTransient(error)) throw error
      await new Promise((done) => setTimeout(done, pause))
    }
  }
  return exchangeOnce()
}

async function exchangeOnce(): Promise<string | undefined> {
  const answer = await call('/refresh', { method: 'POST', signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS) })
  if (answer.ok) return startSession(await bodyOf(answer))
  if (answer.status === 401 || answer.status === 403) {
    endSession(state.status === 'authenticated')
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
  const before = userIdOf(state)
  const token = await renewOnce()
  if (token !== undefined && before !== undefined && currentToken?.userId !== before) {
    throw new UserChangedError('another person has logged in')
  }
  return token
}

function renewOnce(): Promise<string | undefined> {
  // Browsers have locks on HTTPS and on localhost only.
  const locks: LockManager | null | undefined = navigator.locks
  pendingRenewal ??= (locks ? locks.request(LOCK, exchange) : exchange()).finally(() => {
    pendingRenewal = undefined
  })
  return pendingRenewal
}

/** An access token that will live for a moment; `undefined` for a visitor. */
export async function accessToken(): Promise<string | undefined> {
  const before = userIdOf(state)
  // A tab that was asleep has not been told.
  syncWithOtherTabs()
  if (before !== undefined && userIdOf(state) === undefined && localStorage.getItem(USER_ID_KEY) !== null) {
    throw new UserChangedError('another person has logged in')
  }
  if (currentToken && Date.now() < currentToken.renewAt) return currentToken.token
  if (state.status === 'anonymous') return undefined
  if (state.status === 'unknown' && localStorage.getItem(USER_ID_KEY) === null) return undefined
  return renew()
}

/** Goes on with the session of an earlier visit, if there is one. */
export async function resume(): Promise<void> {
  if (localStorage.getItem(USER_ID_KEY) === null) {
    setState({ status: 'anonymous', ended: false })
    return
  }
  try {
    await renew()
  } catch (error) {
    // A lost connection ends no session.
    if (isTransient(error)) setTimeout(resume, RETRY_MS)
    else endSession(false)
  }
}

/** @throws ProblemError, ConnectionError */
export async function logIn(login: string, password: string, signal?: AbortSignal): Promise<User> {
  const body = JSON.stringify({ login, password })
  const headers = { 'Content-Type': 'application/json' }
  const answer = await call('', { method: 'POST', body, headers, ...(signal && { signal }) })
  if (!answer.ok) throw await problemOf(answer)
  const session = await bodyOf(answer)
  startSession(session)
  return session.user
}

/** Ends the session here even when the server cannot be told. */
export async function logOut(): Promise<void> {
  try {
    await call('/current', { method: 'DELETE' })
  } finally {
    endSession(false)
  }
}

/** Forgets the session after the server ended it at the person's wish. */
export function clearSession(): void {
  endSession(false)
}

/** What changed of the account. */
export function updateSessionUser(user: User): void {
  if (state.status === 'authenticated') setState({ status: 'authenticated', user })
}
