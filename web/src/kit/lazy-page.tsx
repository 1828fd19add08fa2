import { type ComponentType, lazy, type ReactNode } from 'react'

/** Counts the reloads after a chunk that failed to load. */
const RELOADS_KEY = 'boxoffice.parts'
/** The delays before a reload; after them the error page offers it. */
const PAUSES_MS = [500, 2_000, 5_000]

/** A chunk failed to load, or it is gone because a newer version was deployed. */
function isChunkLoadError(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
}

/** Browsers cache a failed import, so only a reload requests the chunk again. */
async function loadOrReload<T>(load: () => Promise<T>): Promise<T> {
  try {
    const part = await load()
    sessionStorage.removeItem(RELOADS_KEY)
    return part
  } catch (error) {
    const tries = Number(sessionStorage.getItem(RELOADS_KEY) ?? 0)
    const pause = PAUSES_MS[tries]
    if (pause === undefined || !isChunkLoadError(error)) throw error
    sessionStorage.setItem(RELOADS_KEY, String(tries + 1))
    setTimeout(() => window.location.reload(), pause)
    return new Promise(() => undefined)
  }
}

/** A page in a chunk of its own. */
export function lazyPage(load: () => Promise<ComponentType>): ReactNode {
  const Page = lazy(async () => ({ default: await loadOrReload(load) }))
  return <Page />
}
