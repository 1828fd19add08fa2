import { z } from 'zod'
import type { Concert, ConcertStatus } from '@/api/concerts'
import type { ChangeConcert } from '@/api/managing'
import { minorOf, typedAmount } from '@/i18n/amount'
import { type DetailFields, detailsOf } from './form'
import { detailsSchema } from './schema'

/** What can be edited of a concert that is there: its details, and its prices by section and category. */
export type EditFields = DetailFields & { sections: { prices: string[] }[] }
export type Edited = z.infer<typeof detailsSchema> & { sections: { prices: number[] }[] }

/** What people have bought by, once a concert is public. */
const FIXED_IN_PUBLIC = [
  'artist',
  'venue',
  'location',
  'time_zone',
  'sales_start_at',
  'refundable_until',
  'max_tickets_per_booking',
  'max_tickets_per_user',
  'max_pending_bookings_per_user',
] as const satisfies (keyof DetailFields)[]
const CHANGEABLE_IN_PUBLIC = [
  'name',
  'description',
  'starts_at',
  'sales_end_at',
] as const satisfies (keyof DetailFields)[]

export function fixedFields(status: ConcertStatus): ReadonlySet<keyof DetailFields> {
  if (status === 'draft') return new Set()
  return new Set(status === 'cancelled' ? [...FIXED_IN_PUBLIC, ...CHANGEABLE_IN_PUBLIC] : FIXED_IN_PUBLIC)
}

export function editFieldsOf(concert: Concert): EditFields {
  const sections = concert.sections.map(({ prices }) => ({
    prices: prices.map(({ price }) => typedAmount(price, concert.currency)),
  }))
  return { ...detailsOf(concert), sections }
}

export function editSchema({ currency }: Concert) {
  const price = z
    .string()
    .trim()
    .refine((text) => minorOf(text, currency) !== undefined, 'amount')
    .transform((text) => minorOf(text, currency) ?? 0)
  const sections = z.object({ sections: z.array(z.object({ prices: z.array(price) })) })
  return z.intersection(detailsSchema, sections)
}

/** Instants as minutes: date fields know no seconds, and what they do not show they must not change. */
const minuteOf = (instant: string | null | undefined) =>
  instant == null ? null : Math.floor(Date.parse(instant) / 60_000)

/** What was changed, and no more: what is fixed must not be sent. */
export function changesOf(concert: Concert, { sections, ...details }: Edited): ChangeConcert {
  const changes: ChangeConcert = {}
  const texts = ['name', 'artist', 'description', 'venue', 'location', 'time_zone'] as const
  for (const field of texts) if (details[field] !== concert[field]) changes[field] = details[field]
  const times = ['starts_at', 'sales_start_at', 'sales_end_at'] as const
  for (const field of times) {
    if (minuteOf(details[field]) !== minuteOf(concert[field])) changes[field] = details[field]
  }
  if (minuteOf(details.refundable_until) !== minuteOf(concert.refundable_until)) {
    changes.refundable_until = details.refundable_until
  }
  const caps = ['max_tickets_per_booking', 'max_tickets_per_user', 'max_pending_bookings_per_user'] as const
  for (const field of caps) {
    if (details[field] !== (concert[field] ?? null)) changes[field] = details[field]
  }
  const repriced = concert.sections.flatMap(({ code, prices }, index) => {
    const now = sections[index]?.prices ?? []
    const next = prices.map((price, at) => ({ ...price, price: now[at] ?? price.price }))
    return next.some(({ price }, at) => price !== prices[at]?.price) ? [{ code, prices: next }] : []
  })
  if (repriced.length > 0) changes.sections = repriced
  return changes
}
