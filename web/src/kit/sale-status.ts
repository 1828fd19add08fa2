import type { ConcertStatus } from '@/api/concerts'

/** The status of a concert's sale, for customers. */
export type SaleStatus = 'soon' | 'open' | 'few' | 'sold_out' | 'over' | 'paused' | 'cancelled'

export type ConcertSales = {
  status: ConcertStatus
  sales_start_at: string
  sales_end_at: string
  total: number
  available?: number
}

/** At most this share of the tickets is left when a sale counts as `few`. */
const FEW_LEFT_SHARE = 0.1

export function saleStatusOf(concert: ConcertSales, now: number): SaleStatus {
  if (concert.status === 'cancelled') return 'cancelled'
  if (now >= Date.parse(concert.sales_end_at)) return 'over'
  if (concert.status !== 'on_sale') return 'paused'
  if (now < Date.parse(concert.sales_start_at)) return 'soon'
  if (concert.available === undefined) return 'open'
  if (concert.available === 0) return 'sold_out'
  return concert.available <= concert.total * FEW_LEFT_SHARE ? 'few' : 'open'
}
