import type { QueryClient, QueryKey } from '@tanstack/react-query'

/**
 * Reads what has changed, also while it is being read: that answer may be older than the change, and the first one for a
 * page would be waited for instead of asked for again.
 */
export async function refetchNow(queryClient: QueryClient, queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey })
  await queryClient.invalidateQueries({ queryKey })
}
