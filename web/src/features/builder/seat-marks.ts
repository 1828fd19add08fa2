import type { RowFields } from './form'
import { formatNumberList, parseNumberList } from './number-list'
import { MARK_KINDS, type MarkKind } from './seating-layout'

/**
 * Toggles a mark of a seat and returns the row's lists; a seat has at most one mark. `undefined` when a list is
 * incomplete, because unfinished input must not be rewritten.
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
    // Unchanged lists keep their formatting.
    if (known === kind && !isMarked)
      lists[known] = formatNumberList([...seats, seat].sort((one, other) => one - other))
    else lists[known] = isMarked ? formatNumberList(others) : row[known]
  }
  return lists
}
