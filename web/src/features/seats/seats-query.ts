import { queryOptions } from '@tanstack/react-query'
import { publicApi } from '@/api/client'
import { unwrap } from '@/api/problem'

/** The state of every seat. It is read once; the event stream brings the changes. */
export function seatsQuery(id: string) {
  return queryOptions({
    queryKey: ['seats', id],
    queryFn: ({ signal }) =>
      unwrap(publicApi.GET('/concerts/{id}/seats', { params: { path: { id } }, signal })),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    // Each response becomes a new model, so comparing 60,000 seats would be wasted.
    structuralSharing: false,
  })
}
