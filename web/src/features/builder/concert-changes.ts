import { z } from 'zod'
import type { Concert } from '@/api/concerts'
import type { ChangeConcert } from '@/api/organiser'
import { formatAmountInput } from '@/i18n/money'
import { type DetailFields, detailsOf, TIME_FIELDS } from './form'
import { detailsSchema, parsePrice } from './schema'

/** The editable values of an existing concert: details, and prices by section and category. */
export type EditFields = DetailFields & { sections: { prices: string[] }[] }
export type Edited = z.infer<ReturnType<typeof editSchema>>

/** Editable until the concert is cancelled. */
const TEXT_FIELDS = ['name', 'artist', 'description', 'venue', 'location'] as const
/** Terms of the sale: fixed once it has begun. */
const CAP_FIELDS = [
  'max_tickets_per_booking',
  'max_tickets_per_user',
  'max_pending_bookings_per_user',
] as const
const TERMS = [
  'time_zone',
  'sales_start_at',
  'sales_start_at_offset',
  'refundable_until',
  'refundable_until_offset',
  ...CAP_FIELDS,
] as const satisfies (keyof DetailFields)[]
const CHANGEABLE = [
  ...TEXT_FIELDS,
  'starts_at',
  'starts_at_offset',
  'sales_end_at',
  'sales_end_at_offset',
] as const satisfies (keyof DetailFields)[]

/** The phase of a concert, which decides what can be changed. */
export type Phase = 'draft' | 'announced' | 'selling' | 'cancelled'

export function phaseOf({ status, sales_start_at }: Concert, now: number): Phase {
  if (status === 'draft' || status === 'cancelled') return status
  return now < Date.parse(sales_start_at) ? 'announced' : 'selling'
}

export function fixedFields(phase: Phase): ReadonlySet<keyof DetailFields> {
  if (phase === 'cancelled') return new Set([...TERMS, ...CHANGEABLE])
  return new Set(phase === 'selling' ? TERMS : [])
}

export function editFieldsOf(concert: Concert): EditFields {
  const sections = concert.sections.map(({ prices }) => ({
    prices: prices.map(({ price }) => formatAmountInput(price, concert.currency)),
  }))
  return { ...detailsOf(concert), sections }
}

export function editSchema(concert: Concert) {
  const price = z
    .string()
    .trim()
    .transform((text, context) =>
      parsePrice(text, concert.currency, (message) => context.addIssue({ code: 'custom', message })),
    )
  const sections = z.object({ sections: z.array(z.object({ prices: z.array(price) })) })
  return z.intersection(detailsSchema(concert), sections)
}

const PLAIN_FIELDS = [...TEXT_FIELDS, 'time_zone', ...TIME_FIELDS, ...CAP_FIELDS] as const

/** Only the changed fields, because fixed ones must not be sent. */
export function changesOf(concert: Concert, { sections, ...details }: Edited): ChangeConcert {
  const changed = PLAIN_FIELDS.filter((field) => details[field] !== (concert[field] ?? null))
  const repriced = repricedSections(concert, sections)
  return {
    ...Object.fromEntries(changed.map((field) => [field, details[field]])),
    ...(repriced.length > 0 && { sections: repriced }),
  }
}

function repricedSections(concert: Concert, edited: Edited['sections']) {
  return concert.sections.flatMap(({ code, prices }, index) => {
    const now = edited[index]?.prices ?? []
    const next = prices.map((price, at) => ({ ...price, price: now[at] ?? price.price }))
    return next.some(({ price }, at) => price !== prices[at]?.price) ? [{ code, prices: next }] : []
  })
}
