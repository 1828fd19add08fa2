import { z } from 'zod'
import type { Concert } from '@/api/concerts'
import type { CreateConcert } from '@/api/organiser'
import type { components } from '@/api/schema'
import { CURRENCIES, formatAmountInput, parseAmount } from '@/i18n/money'
import { instantsOf, isTimeZone, nextExistingTime, zoneNamed } from '@/i18n/time'
import { detailsOf, type SectionFields, type TimeField } from './form'
import { parseNumberList } from './number-list'

type CreateSection = components['schemas']['CreateSection']
type Row = components['schemas']['Row']

// Error messages are keys of `messages.fieldErrors`, followed by their parameters.
const NAME_MAX = 200
const DESCRIPTION_MAX = 5_000
const SECTION_NAME_MAX = 100
const ROWS_MAX = 500
const SEATS_MAX = 500
const FIRST_MAX = 9_999
const CAPACITY_MAX = 1_000_000
const CAP_MAX = 10_000
const SECTIONS_MAX = 200
const CATEGORIES_MAX = 10
const CODE_MAX = 16
const DRAWING_MAX = 1_000_000
const FULL_TURN = 360

const line = (most: number) => z.string().trim().min(1, 'required').max(most, `tooLong ${most}`)
const number = (least: number, most: number) =>
  z
    .string()
    .trim()
    .refine((text) => {
      const value = Number(text)
      return /^-?\d{1,9}$/.test(text) && value >= least && value <= most
    }, `range ${least} ${most}`)
    .transform(Number)
/** As `number`, but optional. */
const optional = (least: number, most: number) =>
  z
    .string()
    .trim()
    .refine((text) => text === '' || number(least, most).safeParse(text).success, `range ${least} ${most}`)
    .transform((text) => (text === '' ? undefined : Number(text)))
const numbers = z
  .string()
  .refine((text) => parseNumberList(text) !== undefined, 'numbers')
  .transform((text) => parseNumberList(text) ?? [])
const time = z.string().min(1, 'required')

const MARKS = ['wheelchair', 'companion', 'restricted_view'] as const

const rowSchema = z
  .object({
    label: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z0-9]{1,4}$/, 'rowLabel'),
    seats: number(1, SEATS_MAX),
    first: optional(1, FIRST_MAX),
    gaps: numbers,
    wheelchair: numbers,
    companion: numbers,
    restricted_view: numbers,
  })
  .transform(({ label, seats, first = 1, gaps, ...marked }, context): Row => {
    const last = first + seats - 1
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (gaps.some((seat) => seat < first || seat >= last)) fault('gaps', `range ${first} ${last - 1}`)
    const marks = MARKS.flatMap((kind) => marked[kind].map((seat) => ({ kind, seat })))
    const seen = new Set<number>()
    for (const { kind, seat } of marks) {
      if (seat < first || seat > last) fault(kind, `range ${first} ${last}`)
      else if (seen.has(seat)) fault(kind, `markedTwice ${seat}`)
      seen.add(seat)
    }
    return { label, seats, first, gaps, marks }
  })

/** Derives the code of a category from its name. */
function codeOf(name: string, at: number): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
  return plain.replace(/^_+/, '').slice(0, CODE_MAX).replace(/_+$/, '') || `category_${at + 1}`
}

const common = {
  code: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z0-9]{1,8}$/, 'sectionCode'),
  name: line(SECTION_NAME_MAX),
  prices: z
    .array(
      z.object({
        code: z.string(),
        name: line(SECTION_NAME_MAX),
        price: z.string().trim().min(1, 'required'),
        members: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(CATEGORIES_MAX),
  plan: z.object({
    x: optional(-DRAWING_MAX, DRAWING_MAX),
    y: optional(-DRAWING_MAX, DRAWING_MAX),
    width: optional(1, DRAWING_MAX),
    height: optional(1, DRAWING_MAX),
    rotation: optional(-FULL_TURN, FULL_TURN),
  }),
}

const sectionSchema = z.discriminatedUnion('shape', [
  z.object({
    shape: z.literal('even'),
    ...common,
    rows: number(1, ROWS_MAX),
    seats_per_row: number(1, SEATS_MAX),
    aisles: numbers,
  }),
  z.object({
    shape: z.literal('rows'),
    ...common,
    layout: z.array(rowSchema).min(1, 'rowsNeeded').max(ROWS_MAX, `rowsMost ${ROWS_MAX}`),
  }),
  z.object({ shape: z.literal('standing'), ...common, capacity: number(1, CAPACITY_MAX) }),
])
type Checked = z.infer<typeof sectionSchema>
// The form keeps the fields of every shape, so that switching the shape loses no input.
const sectionFields = sectionSchema as unknown as z.ZodType<Checked, SectionFields>

/** An existing concert's zone is valid, also when the browser does not know it. */
const detailShape = (before?: Concert) => ({
  name: line(NAME_MAX),
  artist: line(NAME_MAX),
  description: z.string().trim().max(DESCRIPTION_MAX, `tooLong ${DESCRIPTION_MAX}`),
  venue: line(NAME_MAX),
  location: line(NAME_MAX),
  time_zone: z
    .string()
    .trim()
    .transform(zoneNamed)
    .refine((name) => isTimeZone(name) || name === before?.time_zone, 'timeZone'),
  starts_at: time,
  starts_at_offset: z.string(),
  sales_start_at: z.string(),
  sales_start_at_offset: z.string(),
  sales_end_at: z.string(),
  sales_end_at_offset: z.string(),
  refundable_until: z.string(),
  refundable_until_offset: z.string(),
  max_tickets_per_booking: optional(1, CAP_MAX),
  max_tickets_per_user: optional(1, CAP_MAX),
  max_pending_bookings_per_user: optional(1, CAP_MAX),
})
type Details = z.infer<z.ZodObject<ReturnType<typeof detailShape>>>
type Report = (path: (string | number)[], message: string) => void

/** Parses local times into instants. Unchanged times of an existing concert keep their instant. */
function timeReader(details: Details, before: Concert | undefined, report: Report) {
  const shown = before && detailsOf(before)
  return (field: TimeField): string | undefined => {
    const [wallClock, offset] = [details[field], details[`${field}_offset`]]
    if (wallClock === '') return undefined
    const isSame =
      shown?.time_zone === details.time_zone &&
      shown[field] === wallClock &&
      shown[`${field}_offset`] === offset
    if (isSame) return before?.[field] ?? undefined
    const instants = instantsOf(wallClock, details.time_zone)
    const [first] = instants
    if (!first) {
      const next = nextExistingTime(wallClock, details.time_zone)?.slice('YYYY-MM-DDT'.length)
      report([field], next === undefined ? 'noSuchTime' : `skippedTime ${next}`)
      return undefined
    }
    const chosen = instants.length === 1 ? first : instants.find((instant) => instant.offset === offset)
    if (!chosen) report([`${field}_offset`], 'doubledTime')
    return chosen?.instant
  }
}

/** The four times of a concert as instants. By default the sale starts now and ends when the concert begins. */
function timesOf(details: Details, before: Concert | undefined, now: number, report: Report) {
  const read = timeReader(details, before, report)
  const starts_at = read('starts_at') ?? ''
  const sales_start_at = details.sales_start_at === '' ? new Date(now).toISOString() : read('sales_start_at')
  const sales_end_at = details.sales_end_at === '' ? starts_at : read('sales_end_at')
  const refundable_until = read('refundable_until') ?? null
  const times = { starts_at, sales_start_at: sales_start_at ?? '', sales_end_at: sales_end_at ?? '' }
  if (Object.values(times).every((instant) => instant !== '')) checkOrder(times, details, report)
  return { ...times, refundable_until }
}

type Order = Record<'starts_at' | 'sales_start_at' | 'sales_end_at', string>

function checkOrder({ starts_at, sales_start_at, sales_end_at }: Order, typed: Details, report: Report) {
  if (isBefore(starts_at, sales_end_at)) report(['sales_end_at'], 'endsAfterBegin')
  else if (!isBefore(sales_start_at, sales_end_at)) {
    report([typed.sales_start_at === '' ? 'sales_end_at' : 'sales_start_at'], 'saleTooShort')
  }
}

function isBefore(one: string, other: string): boolean {
  return Date.parse(one) < Date.parse(other)
}

const capsOf = (details: Details) => ({
  max_tickets_per_booking: details.max_tickets_per_booking ?? null,
  max_tickets_per_user: details.max_tickets_per_user ?? null,
  max_pending_bookings_per_user: details.max_pending_bookings_per_user ?? null,
})

function textsOf({ name, artist, description, venue, location, time_zone }: Details) {
  return { name, artist, description, venue, location, time_zone }
}

/** Validates the details of an existing concert and converts them for the API. */
export function detailsSchema(before: Concert) {
  return z.object(detailShape(before)).transform((details, context) => {
    const report: Report = (path, message) => context.addIssue({ code: 'custom', path, message })
    return { ...textsOf(details), ...timesOf(details, before, Date.now(), report), ...capsOf(details) }
  })
}

/** Parses a price into minor units. */
export function parsePrice(typed: string, currency: string, report: (message: string) => void): number {
  const read = parseAmount(typed, currency)
  if (read.kind === 'amount') return read.minor
  if (read.kind === 'none') report('amount')
  else report(`ambiguousAmount ${read.minors.map((minor) => formatAmountInput(minor, currency)).join(' ')}`)
  return 0
}

/** Validates a whole concert and converts it for the API. */
export const concertSchema = z
  .object({
    ...detailShape(),
    currency: z.string().refine((code) => CURRENCIES.includes(code), 'currency'),
    sections: z
      .array(sectionFields)
      .min(1, 'sectionsNeeded')
      .max(SECTIONS_MAX, `sectionsMost ${SECTIONS_MAX}`),
  })
  .transform((concert, context): CreateConcert => {
    const report: Report = (path, message) => context.addIssue({ code: 'custom', path, message })
    const codes = concert.sections.map(({ code }) => code)
    const sections = concert.sections.map((section, at) => {
      if (codes.indexOf(section.code) < at) report(['sections', at, 'code'], 'codeTwice')
      return toCreateSection(section, at, concert.currency, report)
    })
    const { refundable_until, ...times } = timesOf(concert, undefined, Date.now(), report)
    if (refundable_until !== null && isBefore(times.starts_at, refundable_until)) {
      report(['refundable_until'], 'refundTooLate')
    }
    return {
      ...textsOf(concert),
      ...times,
      ...(refundable_until !== null && { refundable_until }),
      ...capsOf(concert),
      currency: concert.currency,
      sections,
    }
  })

function toCreateSection(section: Checked, at: number, currency: string, report: Report): CreateSection {
  const prices = section.prices.map(({ code, name, price, members }, index) => {
    const minor = parsePrice(price, currency, (word) =>
      report(['sections', at, 'prices', index, 'price'], word),
    )
    const audience = members ? 'members' : 'anyone'
    return { code: code || codeOf(name, index), name, price: minor, audience } as const
  })
  prices.forEach(({ code }, index) => {
    if (prices.findIndex((other) => other.code === code) < index) {
      report(['sections', at, 'prices', index, 'name'], 'categoryTwice')
    }
  })
  const { code, name } = section
  const drawn = toPlan(section.plan, at, report)
  const base = { code, name, prices, ...(drawn && { plan: drawn }) }
  if (section.shape === 'standing') return { ...base, kind: 'standing', capacity: section.capacity }
  if (section.shape === 'rows') {
    checkRowLabels(section.layout, at, report)
    return { ...base, kind: 'seated', layout: section.layout }
  }
  const { rows, seats_per_row, aisles } = section
  if (aisles.some((seat) => seat < 1 || seat >= seats_per_row)) {
    report(['sections', at, 'aisles'], `range 1 ${seats_per_row - 1}`)
  }
  if (aisles.length === 0) return { ...base, kind: 'seated', rows, seats_per_row }
  const row = { seats: seats_per_row, first: 1, gaps: aisles, marks: [] }
  const layout = Array.from({ length: rows }, (_, index) => ({ label: String(index + 1), ...row }))
  return { ...base, kind: 'seated', layout }
}

function checkRowLabels(layout: Row[], at: number, report: Report): void {
  const labels = layout.map(({ label }) => label)
  labels.forEach((label, index) => {
    if (labels.indexOf(label) < index) report(['sections', at, 'layout', index, 'label'], 'labelTwice')
  })
}

/** A placement needs all four numbers or none. */
function toPlan({ x, y, width, height, rotation }: Checked['plan'], at: number, report: Report) {
  const sizes = { x, y, width, height }
  const missing = Object.entries(sizes).filter(([, value]) => value === undefined)
  if (missing.length === Object.keys(sizes).length) return undefined
  for (const [field] of missing) report(['sections', at, 'plan', field], 'required')
  return { x: x ?? 0, y: y ?? 0, width: width ?? 1, height: height ?? 1, rotation: rotation ?? 0 }
}
