/** A request without an answer, and the idempotency key under which it is repeated. */
type PendingMutation<Variables> = { variables: Variables; key: string; sentAt: number; userId: string }

const STORAGE_PREFIX = 'boxoffice.unsettled.'
/** After this time an equal request gets a new key: by then a hold has expired and a refund is visible. */
const KEY_REUSE_MAX_MS = 15 * 60_000
/** A page that is opened again resumes only requests that are younger than this. */
const RESUME_MAX_MS = 2 * 60_000

/** 128 random bits; `crypto.randomUUID` exists only on HTTPS and on localhost. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function load<Variables>(scope: string): PendingMutation<Variables> | undefined {
  try {
    const pending: PendingMutation<Variables> | null = JSON.parse(
      sessionStorage.getItem(STORAGE_PREFIX + scope) ?? 'null',
    )
    return pending !== null && Date.now() - pending.sentAt < KEY_REUSE_MAX_MS ? pending : undefined
  } catch {
    return undefined
  }
}

/**
 * The same key as before while an equal request of the same user has no answer, also after a reload; otherwise a new
 * one.
 */
export function idempotencyKeyFor(scope: string, variables: unknown, userId: string): string {
  const before = load(scope)
  const isSame = before?.userId === userId && JSON.stringify(before.variables) === JSON.stringify(variables)
  return isSame ? before.key : newKey()
}

/** Call it before sending. A scope, such as the payments of one booking, has one pending request at a time. */
export function savePendingMutation(scope: string, variables: unknown, key: string, userId: string): void {
  sessionStorage.setItem(
    STORAGE_PREFIX + scope,
    JSON.stringify({ variables, key, sentAt: Date.now(), userId }),
  )
}

/** The request was answered, so an equal one gets a new key. */
export function clearPendingMutation(scope: string, key: string): void {
  // A newer request of the scope may have replaced this one.
  if (load(scope)?.key === key) sessionStorage.removeItem(STORAGE_PREFIX + scope)
}

/**
 * The request of a scope that was sent a short time ago, perhaps before a reload, and has no answer. Without a user
 * id, as long as the session is not pending, it is returned for any user.
 */
export function pendingVariables<Variables>(
  scope: string,
  userId: string | undefined,
): Variables | undefined {
  const pending = load<Variables>(scope)
  const isOurs = pending !== undefined && (userId === undefined || pending.userId === userId)
  return isOurs && Date.now() - pending.sentAt < RESUME_MAX_MS ? pending.variables : undefined
}
