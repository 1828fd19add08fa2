import { useState } from 'react'
import { type ConcertForm, expandEvenRows } from './form'
import type { SeatPosition } from './layout-navigation'
import { toggleMark } from './seat-marks'
import { MARK_KINDS, type MarkKind } from './seating-layout'

/** Toggles marks in the form's rows. `refused` is the last seat, if it could not be marked. */
export function useSeatMarks(form: ConcertForm) {
  const [refused, setRefused] = useState<SeatPosition>()
  const toggle = (place: SeatPosition, kind: MarkKind) =>
    setRefused(markSeat(form, place, kind) ? undefined : place)
  return { toggle, refused }
}

/** Returns false when a list of the row is incomplete. */
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
    // A marked row differs, so the rows are no longer even.
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
