import { type ComponentType, lazy, type ReactNode } from 'react'

/** A page that is loaded when it is looked at first. */
export function lazyPage(load: () => Promise<ComponentType>): ReactNode {
  const Page = lazy(async () => ({ default: await load() }))
  return <Page />
}
