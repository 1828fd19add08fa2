import { useEffect, useState } from 'react'
import { serverNow, serverNowAtLatest } from '@/api/server-time'
import { type ConcertSales, type SaleStatus, saleStatusOf } from './sale-status'

/** The longest delay of `setTimeout`. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** The status of a concert's sale, updated when the sale begins or ends. */
export function useSaleStatus(concert: ConcertSales): SaleStatus {
  const [, rerender] = useState(0)
  const [begins, ends] = [Date.parse(concert.sales_start_at), Date.parse(concert.sales_end_at)]
  const now = serverNow()
  const isOver = serverNowAtLatest() >= ends
  const left = now < begins ? begins - now : ends - serverNowAtLatest()
  const next = isOver ? undefined : Math.min(left, TIMER_MAX_MS)
  useEffect(() => {
    if (next === undefined) return
    const timer = setTimeout(() => rerender((count) => count + 1), Math.max(1, next))
    return () => clearTimeout(timer)
  })
  return saleStatusOf(concert, isOver ? ends : now)
}
