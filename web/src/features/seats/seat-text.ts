import { isolateText } from '@/i18n/isolate'
import { isFree, type SeatMapModel, type SectionArea, seatAt } from './seat-map-model'

type Texts = {
  seat: (section: string, row: string, number: number, price: string) => string
  taken: string
  notSold: string
  own: string
  mark: Record<'wheelchair' | 'companion' | 'restricted_view', string>
}

/** The description of a seat: position, price, mark and availability. */
export function seatText(
  seatMap: SeatMapModel,
  seat: number,
  text: Texts,
  priceOf: (area: SectionArea) => string,
  own: ReadonlySet<number>,
): string {
  const at = seatAt(seatMap, seat)
  if (!at) return ''
  const price = priceOf(at.area)
  const parts = [text.seat(isolateText(at.area.name), at.row.label, at.number, price || text.notSold)]
  if (at.mark) parts.push(text.mark[at.mark])
  if (own.has(seat)) parts.push(text.own)
  else if (!isFree(seatMap, seat)) parts.push(text.taken)
  return parts.join(', ')
}
