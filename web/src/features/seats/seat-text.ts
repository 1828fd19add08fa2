import { isolate } from '@/i18n/isolate'
import { type Area, isFree, type Plan, seatAt } from './plan'

type Texts = {
  seat: (section: string, row: string, number: number, price: string) => string
  taken: string
  own: string
  mark: Record<'wheelchair' | 'companion' | 'restricted_view', string>
}

/** A seat in words: where it is, what it costs, what is special about it, whether it is taken. */
export function seatText(
  plan: Plan,
  seat: number,
  text: Texts,
  priceOf: (area: Area) => string,
  own: ReadonlySet<number>,
): string {
  const at = seatAt(plan, seat)
  if (!at) return ''
  const parts = [text.seat(isolate(at.area.name), at.row.label, at.number, priceOf(at.area))]
  if (at.mark) parts.push(text.mark[at.mark])
  if (own.has(seat)) parts.push(text.own)
  else if (!isFree(plan, seat)) parts.push(text.taken)
  return parts.join(', ')
}
