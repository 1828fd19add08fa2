import { type ComponentType, lazy, type ReactNode } from 'react'

/** A part of the page that did not arrive is asked for again after these pauses; then people are offered to reload. */
const PAUSES_MS = [500, 2_000]

async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await load()
    } catch {
      await new Promise((done) => setTimeout(done, pause))
    }
  }
  return load()
}

/** A page that is loaded when it is looked at first. */
export function lazyPage(load: () => Promise<ComponentType>): ReactNode {
  const Page = lazy(async () => ({ default: await patiently(load) }))
  return <Page />
}
