import type { RowFields } from './form'
import { MARK_KINDS, type MarkKind } from './hall'
import { listOf, numbersOf } from './number-list'

/**
 * The lists of a row after a seat was marked: it gets the mark instead of any other, or loses it when it had it.
 * `undefined` when one of the lists is not finished yet, because what is being typed must not be rewritten.
 */
export function withMark(
  row: RowFields,
  kind: MarkKind,
  seat: number,
): Pick<RowFields, MarkKind> | undefined {
  const lists = { wheelchair: '', companion: '', restricted_view: '' }
  for (const known of MARK_KINDS) {
    const seats = numbersOf(row[known])
    if (seats === undefined) return undefined
    const isMarked = seats.includes(seat)
    const others = seats.filter((other) => other !== seat)
    // What does not change stays as it was typed.
    if (known === kind && !isMarked) lists[known] = listOf([...seats, seat].sort((one, other) => one - other))
    else lists[known] = isMarked ? listOf(others) : row[known]
  }
  return lists
}
