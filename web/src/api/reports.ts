import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { BookingsSearch } from './organiser'
import { unwrap } from './problem'
import type { components } from './schema'

export type SalesReport = components['schemas']['SalesReport']
export type SalesStep = components['schemas']['SalesStep']
export type SalesBucket = components['schemas']['SalesBucket']

/** The sales of a concert: totals, and a time series. */
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

/** What a line of the file is. */
export type ReportFile = 'bookings' | 'tickets'

/** The bookings that match the filter, or their tickets, as CSV. */
export function reportFile(id: string, file: ReportFile, { text, status }: BookingsSearch): Promise<Blob> {
  const query = { ...(text !== '' && { search: text }), ...(status !== '' && { status }) }
  const call = api.GET(`/reports/concerts/{id}/${file}.csv`, {
    params: { path: { id }, query },
    parseAs: 'blob',
  })
  return unwrap<Blob>(call as Promise<{ data?: Blob; error?: unknown; response: Response }>)
}
