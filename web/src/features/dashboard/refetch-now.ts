import type { QueryClient, QueryKey } from '@tanstack/react-query'

/** Invalidates a query and aborts a running fetch, whose response may be older than the change. */
export async function refetchNow(queryClient: QueryClient, queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey })
  await queryClient.invalidateQueries({ queryKey })
}
