import type { RowFields } from './form'
import { formatNumberList, parseNumberList } from './number-list'
import { MARK_KINDS, type MarkKind } from './seating-layout'

/**
 * The lists of a row after a seat was marked: it gets the mark instead of any other, or loses it when it had it.
 * `undefined` when one of the lists is not finished yet, because what is being typed must not be rewritten.
 */
export function toggleMark(
  row: RowFields,
  kind: MarkKind,
  seat: number,
): Pick<RowFields, MarkKind> | undefined {
  const lists = { wheelchair: '', companion: '', restricted_view: '' }
  for (const known of MARK_KINDS) {
    const seats = parseNumberList(row[known])
    if (seats === undefined) return undefined
    const isMarked = seats.includes(seat)
    const others = seats.filter((other) => other !== seat)
    // What does not change stays as it was typed.
    if (known === kind && !isMarked)
      lists[known] = formatNumberList([...seats, seat].sort((one, other) => one - other))
    else lists[known] = isMarked ? formatNumberList(others) : row[known]
  }
  return lists
}
