import { useState } from 'react'
import { type ConcertForm, expandEvenRows } from './form'
import type { SeatPosition } from './layout-navigation'
import { toggleMark } from './seat-marks'
import { MARK_KINDS, type MarkKind } from './seating-layout'

/** Marks seats in the form, where the rows list them. `refused` is the seat that could not be marked, if it was the last. */
export function useSeatMarks(form: ConcertForm) {
  const [refused, setRefused] = useState<SeatPosition>()
  const toggle = (place: SeatPosition, kind: MarkKind) =>
    setRefused(markSeat(form, place, kind) ? undefined : place)
  return { toggle, refused }
}

/** Whether it worked: a list that is being typed is left alone. */
function markSeat(
  { getValues, setValue, formState }: ConcertForm,
  place: SeatPosition,
  kind: MarkKind,
): boolean {
  const path = `sections.${place.area}` as const
  const section = getValues(path)
  const isEven = section.shape === 'even'
  const layout = isEven ? expandEvenRows(section) : section.layout
  const row = layout[place.row]
  const lists = row && toggleMark(row, kind, place.seat)
  if (!lists) return false
  if (isEven) {
    // Rows that differ in their marks are not even any more.
    setValue(`${path}.layout`, layout.with(place.row, { ...row, ...lists }), { shouldDirty: true })
    setValue(`${path}.shape`, 'rows', { shouldDirty: true })
    return true
  }
  for (const known of MARK_KINDS.filter((other) => lists[other] !== row[other])) {
    const options = { shouldDirty: true, shouldValidate: formState.isSubmitted }
    setValue(`${path}.layout.${place.row}.${known}`, lists[known], options)
  }
  return true
}
