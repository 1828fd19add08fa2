import type { ConcertStatus } from '@/api/concerts'
import type { Tone } from '@/kit/badge'

/** Where a concert is, as its organiser thinks of it. */
export type State = 'draft' | 'scheduled' | 'selling' | 'sold_out' | 'paused' | 'over' | 'cancelled'

type Selling = {
  status: ConcertStatus
  sales_start_at: string
  sales_end_at: string
  available?: number
}

export function stateOf({ status, sales_start_at, sales_end_at, available }: Selling, now: number): State {
  if (status === 'draft' || status === 'cancelled') return status
  if (now >= Date.parse(sales_end_at)) return 'over'
  if (status === 'paused') return 'paused'
  if (now < Date.parse(sales_start_at)) return 'scheduled'
  return available === 0 ? 'sold_out' : 'selling'
}

export const TONES: Record<State, Tone> = {
  draft: 'calm',
  scheduled: 'calm',
  selling: 'good',
  sold_out: 'good',
  paused: 'warn',
  over: 'calm',
  cancelled: 'bad',
}
