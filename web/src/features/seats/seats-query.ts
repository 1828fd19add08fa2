import { queryOptions } from '@tanstack/react-query'
import { publicApi } from '@/api/client'
import { unwrap } from '@/api/problem'

/** The state of every seat. Changes afterwards are told by the concert's stream, so it is read once. */
export function seatsQuery(id: string) {
  return queryOptions({
    queryKey: ['seats', id],
    queryFn: ({ signal }) =>
      unwrap(publicApi.GET('/concerts/{id}/seats', { params: { path: { id } }, signal })),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    // Each reading is a map of its own; comparing 60,000 seats with the last one would only cost time.
    structuralSharing: false,
  })
}
