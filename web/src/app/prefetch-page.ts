import type { QueryClient } from '@tanstack/react-query'
import { concertQuery } from '@/api/concerts'
import { serverNow } from '@/api/server-time'
import { concertsQuery, searchOf } from '@/features/concerts/search'

const CONCERT = /^\/concerts\/([^/]+)/

type Address = Pick<Location, 'pathname' | 'search'>

/** Loads the data of the first page before the first render. A failure is left to the page. */
export async function prefetchPage(queryClient: QueryClient, { pathname, search }: Address): Promise<void> {
  if (pathname === '/') {
    await queryClient.prefetchQuery(concertsQuery(searchOf(new URLSearchParams(search)), serverNow()))
  }
  const id = CONCERT.exec(pathname)?.[1]
  if (id !== undefined) await queryClient.prefetchQuery(concertQuery(id))
}
