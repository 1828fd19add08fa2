import { type ComponentType, lazy, type ReactNode } from 'react'

/** How often the page was loaded again for a part that did not arrive. */
const RELOADS_KEY = 'boxoffice.parts'
/** The pauses before that; after them people are offered to do it. */
const PAUSES_MS = [500, 2_000, 5_000]

/** A part did not arrive, or a newer version was installed and it is not there any more. */
function isChunkLoadError(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
}

/** Browsers remember that a part did not arrive, so that only a reload asks for it again. */
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

/** A page that is loaded when it is looked at first. */
export function lazyPage(load: () => Promise<ComponentType>): ReactNode {
  const Page = lazy(async () => ({ default: await loadOrReload(load) }))
  return <Page />
}
