import type { ConcertStatus } from '@/api/concerts'
import type { Tone } from '@/kit/badge'

/** The state of a concert, for its organiser. */
export type ConcertState = 'draft' | 'scheduled' | 'selling' | 'sold_out' | 'paused' | 'over' | 'cancelled'

type ConcertSales = {
  status: ConcertStatus
  sales_start_at: string
  sales_end_at: string
  available?: number
}

export function concertStateOf(
  { status, sales_start_at, sales_end_at, available }: ConcertSales,
  now: number,
): ConcertState {
  if (status === 'draft' || status === 'cancelled') return status
  if (now >= Date.parse(sales_end_at)) return 'over'
  if (status === 'paused') return 'paused'
  if (now < Date.parse(sales_start_at)) return 'scheduled'
  return available === 0 ? 'sold_out' : 'selling'
}

export const CONCERT_TONES: Record<ConcertState, Tone> = {
  draft: 'calm',
  scheduled: 'calm',
  selling: 'good',
  sold_out: 'good',
  paused: 'warn',
  over: 'calm',
  cancelled: 'bad',
}
