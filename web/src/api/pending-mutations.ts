/** A request that changes something, as it was sent, and the key under which it is asked for again. */
type PendingMutation<Variables> = { variables: Variables; key: string; sentAt: number; userId: string }

const STORAGE_PREFIX = 'boxoffice.unsettled.'
/** An old wish is another one than the same wish of now: by then a hold is over and a refund can be seen. */
const KEY_REUSE_MAX_MS = 15 * 60_000
/** A page that was opened again goes on with what was sent just before, and not with what people left long ago. */
const RESUME_MAX_MS = 2 * 60_000

/** 128 random bits; `crypto.randomUUID` exists only on HTTPS and on localhost. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function load<Variables>(scope: string): PendingMutation<Variables> | undefined {
  try {
    const known: PendingMutation<Variables> | null = JSON.parse(
      sessionStorage.getItem(STORAGE_PREFIX + scope) ?? 'null',
    )
    return known !== null && Date.now() - known.sentAt < KEY_REUSE_MAX_MS ? known : undefined
  } catch {
    return undefined
  }
}

/** The key of a wish: the same as before while the same wish of the same person has no answer, also after a reload. */
export function idempotencyKeyFor(scope: string, variables: unknown, userId: string): string {
  const before = load(scope)
  const isSame = before?.userId === userId && JSON.stringify(before.variables) === JSON.stringify(variables)
  return isSame ? before.key : newKey()
}

/** The wish is about to be sent. A scope, such as the payments of a booking, has one wish at a time. */
export function savePendingMutation(scope: string, variables: unknown, key: string, userId: string): void {
  sessionStorage.setItem(
    STORAGE_PREFIX + scope,
    JSON.stringify({ variables, key, sentAt: Date.now(), userId }),
  )
}

/** The wish was answered: the same one may be had again, under another key. */
export function clearPendingMutation(scope: string, key: string): void {
  // Another wish may have taken the place of one that was given up.
  if (load(scope)?.key === key) sessionStorage.removeItem(STORAGE_PREFIX + scope)
}

/**
 * What was sent a moment ago, perhaps before a reload, and has no answer: of one person, or of any person while it is not
 * known who is here.
 */
export function pendingVariables<Variables>(
  scope: string,
  userId: string | undefined,
): Variables | undefined {
  const known = load<Variables>(scope)
  const isOurs = known !== undefined && (userId === undefined || known.userId === userId)
  return isOurs && Date.now() - known.sentAt < RESUME_MAX_MS ? known.variables : undefined
}
