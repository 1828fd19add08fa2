import type { QueryClient, QueryKey } from '@tanstack/react-query'

/**
 * Reads what has changed, also while it is being read: that answer may be older than the change, and the first one for a
 * page would be waited for instead of asked for again.
 */
export async function readAgain(queries: QueryClient, queryKey: QueryKey): Promise<void> {
  await queries.cancelQueries({ queryKey })
  await queries.invalidateQueries({ queryKey })
}
