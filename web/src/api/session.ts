import { ConnectionError, errorOf, isTransient, UserChangedError } from './problem'
import type { components } from './schema'

export type User = components['schemas']['User']
type SessionDocument = components['schemas']['Session']

/**
 * `unknown` until the refresh cookie of an earlier visit has been tried; `ended` when the session was ended by the
 * server and not by a log-out.
 */
export type SessionState =
  | { status: 'unknown' }
  | { status: 'anonymous'; ended: boolean }
  | { status: 'authenticated'; user: User }

const SESSIONS = '/api/v1/sessions'
/**
 * Holds the id of the user whose refresh cookie the browser has, because scripts cannot read that cookie. Without an
 * id no refresh is tried, and a change of it tells the other tabs who is logged in.
 */
const USER_ID_KEY = 'boxoffice.session'
/** The value that earlier versions stored instead of a user id. */
const LEGACY_USER_ID = '1'
/** All tabs share one refresh token, and each token can be used once. */
const LOCK = 'boxoffice.refresh'
/** A token is renewed this long before it expires, so that it cannot expire on the way to the server. */
const RENEW_BEFORE_MS = 30_000
const RETRY_MS = 2_000
/** A refresh without an answer is repeated soon, while the server still returns the same successor token. */
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
    // Unmounts the pages of the previous user before those of the new one render.
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

/** Follows a log-out or a log-in in another tab. */
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

/** Exchanges the refresh token. A lost answer is repeated, because the server may have used the token up. */
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
 * Gets a new access token; concurrent callers share one request. `undefined` when the session has ended.
 *
 * @throws UserChangedError when the session now belongs to another user, so that nothing is sent in their name.
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
  // `navigator.locks` exists on HTTPS and on localhost only.
  const locks: LockManager | null | undefined = navigator.locks
  pendingRenewal ??= (locks ? locks.request(LOCK, exchange) : exchange()).finally(() => {
    pendingRenewal = undefined
  })
  return pendingRenewal
}

/** An access token that does not expire within the next seconds; `undefined` for a visitor. */
export async function accessToken(): Promise<string | undefined> {
  const before = userIdOf(state)
  // A sleeping tab missed the storage event.
  syncWithOtherTabs()
  if (before !== undefined && userIdOf(state) === undefined && localStorage.getItem(USER_ID_KEY) !== null) {
    throw new UserChangedError('another person has logged in')
  }
  if (currentToken && Date.now() < currentToken.renewAt) return currentToken.token
  if (state.status === 'anonymous') return undefined
  if (state.status === 'unknown' && localStorage.getItem(USER_ID_KEY) === null) return undefined
  return renew()
}

/** Resumes the session of an earlier visit. */
export async function resume(): Promise<void> {
  if (localStorage.getItem(USER_ID_KEY) === null) {
    setState({ status: 'anonymous', ended: false })
    return
  }
  try {
    await renew()
  } catch (error) {
    // A lost connection does not end the session.
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

/** Ends the session in this browser even when the server cannot be reached. */
export async function logOut(): Promise<void> {
  try {
    await call('/current', { method: 'DELETE' })
  } finally {
    endSession(false)
  }
}

/** Clears the session after the server ended it, as when the account was deleted. */
export function clearSession(): void {
  endSession(false)
}

/** Shows a changed account. */
export function updateSessionUser(user: User): void {
  if (state.status === 'authenticated') setState({ status: 'authenticated', user })
}
