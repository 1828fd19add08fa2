import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { RouteObject } from 'react-router'
import { expect, test } from 'vitest'
import { routes } from './routes'

const addresses: string[] = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../page-addresses.json'), 'utf8'),
)

/** The paths of all pages, without the wildcard. */
function addressesOf(routes: RouteObject[], above = ''): string[] {
  return routes.flatMap((route) => {
    if (route.path === '*') return []
    const address = route.path === undefined ? above : `${above}/${route.path}`
    if (route.children) return addressesOf(route.children, address)
    return [address === '' ? '/' : address]
  })
}

test('page-addresses.json lists the paths of all pages', () => {
  expect([...addresses].sort()).toEqual([...new Set(addressesOf(routes))].sort())
})
