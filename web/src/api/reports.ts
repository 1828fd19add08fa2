import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { unwrap } from './problem'
import type { components } from './schema'

export type SalesReport = components['schemas']['SalesReport']
export type SalesStep = components['schemas']['SalesStep']
export type SalesBucket = components['schemas']['SalesBucket']

/** How a concert sells, in all and in steps of time. */
export function salesQuery(id: string, bucket: SalesBucket) {
  return queryOptions({
    queryKey: ['sales', id, bucket],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/reports/concerts/{id}/sales', { params: { path: { id }, query: { bucket } }, signal }),
      ),
    placeholderData: (before) => before,
  })
}

/** All bookings of a concert as comma-separated values. */
export function bookingsFile(id: string): Promise<Blob> {
  const call = api.GET('/reports/concerts/{id}/bookings.csv', {
    params: { path: { id } },
    parseAs: 'blob',
  })
  return unwrap<Blob>(call as Promise<{ data?: Blob; error?: unknown; response: Response }>)
}
