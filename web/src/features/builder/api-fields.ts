import type { FieldPath } from 'react-hook-form'
import type { ConcertFields } from './form'

/** Paths of the request that have another name in the form. */
const RENAMED: [RegExp, string][] = [
  // The code of a category is derived from its name.
  [/^(sections\.\d+\.prices\.\d+)\.code$/, '$1.name'],
  [/^(sections\.\d+\.prices)$/, '$1.0.price'],
  [/^(sections\.\d+)\.price$/, '$1.prices.0.price'],
  [/^(sections\.\d+\.layout\.\d+\.gaps)\.\d+$/, '$1'],
  [/^(sections\.\d+\.layout\.\d+)\.marks.*$/, '$1.wheelchair'],
  [/^(sections\.\d+)\.kind$/, '$1.code'],
  [/^(sections\.\d+)\.plan$/, '$1.plan.x'],
]
const FIELDS =
  /^(name|artist|description|venue|location|time_zone|currency|starts_at|sales_(start|end)_at|refundable_until|max_tickets_per_(booking|user)|max_pending_bookings_per_user|sections\.\d+\.(code|name|rows|seats_per_row|capacity|prices\.\d+\.(name|price)|plan\.(x|y|width|height|rotation)|layout\.\d+\.(label|seats|first|gaps|wheelchair)))$/

/** Maps a path of the request to the form's field. */
export function fieldOf(path: string): string {
  const renamed = RENAMED.find(([pattern]) => pattern.test(path))
  return renamed ? path.replace(renamed[0], renamed[1]) : path
}

export function isField(path: string): path is FieldPath<ConcertFields> {
  return FIELDS.test(path)
}
