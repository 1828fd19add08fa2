/** A request that changes something, as it was sent, and the key under which it is asked for again. */
type Unsettled<Wish> = { wish: Wish; key: string; at: number; person: string }

const STORED = 'boxoffice.unsettled.'
/** An old wish is another one than the same wish of now: by then a hold is over and a refund can be seen. */
const FORGOTTEN_MS = 15 * 60_000
/** A page that was opened again goes on with what was sent just before, and not with what people left long ago. */
const RESUMED_MS = 2 * 60_000

/** 128 random bits; `crypto.randomUUID` exists only on HTTPS and on localhost. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function stored<Wish>(scope: string): Unsettled<Wish> | undefined {
  try {
    const known: Unsettled<Wish> | null = JSON.parse(sessionStorage.getItem(STORED + scope) ?? 'null')
    return known !== null && Date.now() - known.at < FORGOTTEN_MS ? known : undefined
  } catch {
    return undefined
  }
}

/** The key of a wish: the same as before while the same wish of the same person has no answer, also after a reload. */
export function keyOf(scope: string, wish: unknown, person: string): string {
  const before = stored(scope)
  const isSame = before?.person === person && JSON.stringify(before.wish) === JSON.stringify(wish)
  return isSame ? before.key : newKey()
}

/** The wish is about to be sent. A scope, such as the payments of a booking, has one wish at a time. */
export function remember(scope: string, wish: unknown, key: string, person: string): void {
  sessionStorage.setItem(STORED + scope, JSON.stringify({ wish, key, at: Date.now(), person }))
}

/** The wish was answered: the same one may be had again, under another key. */
export function settled(scope: string, key: string): void {
  // Another wish may have taken the place of one that was given up.
  if (stored(scope)?.key === key) sessionStorage.removeItem(STORED + scope)
}

/**
 * What was sent a moment ago, perhaps before a reload, and has no answer: of one person, or of any person while it is not
 * known who is here.
 */
export function unsettledWish<Wish>(scope: string, person: string | undefined): Wish | undefined {
  const known = stored<Wish>(scope)
  const isOurs = known !== undefined && (person === undefined || known.person === person)
  return isOurs && Date.now() - known.at < RESUMED_MS ? known.wish : undefined
}
