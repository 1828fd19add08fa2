import type { Control, UseFormReturn } from 'react-hook-form'
import type { Concert, Section } from '@/api/concerts'
import type { CreateConcert } from '@/api/organiser'
import { formatAmountInput } from '@/i18n/money'
import { offsetOf, ownTimeZone, wallClockOf } from '@/i18n/time'
import { formatNumberList, nextRowLabel } from './number-list'

/** The form's values: all are text until they are validated. */
export type RowFields = {
  label: string
  seats: string
  first: string
  gaps: string
  wheelchair: string
  companion: string
  restricted_view: string
}
type PriceFields = { code: string; name: string; price: string; members: boolean }
type PlanFields = { x: string; y: string; width: string; height: string; rotation: string }
/** `even`: all rows are equal; `rows`: each row is entered; `standing`: no rows. */
export type SectionShape = 'even' | 'rows' | 'standing'
export type SectionFields = {
  code: string
  name: string
  shape: SectionShape
  rows: string
  seats_per_row: string
  aisles: string
  layout: RowFields[]
  capacity: string
  prices: PriceFields[]
  plan: PlanFields
}
export const TIME_FIELDS = ['starts_at', 'refundable_until', 'sales_start_at', 'sales_end_at'] as const
export type TimeField = (typeof TIME_FIELDS)[number]
/** The UTC offset of a time, which selects one of two instants in the repeated hour. */
export type OffsetField = `${TimeField}_offset`
type TimeFields = Record<TimeField | OffsetField, string>
export type DetailFields = TimeFields & {
  name: string
  artist: string
  description: string
  venue: string
  location: string
  time_zone: string
  max_tickets_per_booking: string
  max_tickets_per_user: string
  max_pending_bookings_per_user: string
}
export type ConcertFields = DetailFields & { currency: string; sections: SectionFields[] }

export type ConcertForm = UseFormReturn<ConcertFields, unknown, CreateConcert>
export type ConcertControl = Control<ConcertFields, unknown, CreateConcert>

/** The category that every section has. */
export const STANDARD = 'standard'

/** The fields that decide how times are interpreted. */
export const WATCHED_FIELDS = [
  'time_zone',
  ...TIME_FIELDS,
  ...TIME_FIELDS.map((field): OffsetField => `${field}_offset`),
] as const

export function isTime(field: keyof DetailFields): field is TimeField {
  return TIME_FIELDS.some((time) => time === field)
}

const NO_TIMES: TimeFields = {
  starts_at: '',
  starts_at_offset: '',
  sales_start_at: '',
  sales_start_at_offset: '',
  sales_end_at: '',
  sales_end_at_offset: '',
  refundable_until: '',
  refundable_until_offset: '',
}

const NO_PLAN: PlanFields = { x: '', y: '', width: '', height: '', rotation: '' }

export function newRow(label: string, seats: string): RowFields {
  return { label, seats, first: '', gaps: '', wheelchair: '', companion: '', restricted_view: '' }
}

/** A new section with the first unused code. */
export function newSection(shape: SectionShape, taken: string[]): SectionFields {
  let code = shape === 'standing' ? 'GA' : 'A'
  while (taken.includes(code)) code = nextRowLabel(code)
  return {
    code,
    name: '',
    shape,
    rows: '10',
    seats_per_row: '20',
    aisles: '',
    layout: [],
    capacity: shape === 'standing' ? '300' : '',
    prices: [{ code: STANDARD, name: 'Standard', price: '', members: false }],
    plan: NO_PLAN,
  }
}

/** Generates rows, each with `more` seats than the previous one. */
export function generateRows(from: string, count: number, seats: number, more: number): RowFields[] {
  let label = from
  return Array.from({ length: count }, (_, index) => {
    const row = newRow(label, String(Math.max(1, seats + more * index)))
    label = nextRowLabel(label)
    return row
  })
}

/** Expands `even` rows into individual ones. */
export function expandEvenRows({ rows, seats_per_row, aisles }: SectionFields): RowFields[] {
  const count = /^\d{1,3}$/.test(rows.trim()) ? Number(rows) : 0
  return generateRows('1', count, 1, 0).map((row) => ({ ...row, seats: seats_per_row, gaps: aisles }))
}

export function newConcert(): ConcertFields {
  return {
    name: '',
    artist: '',
    description: '',
    venue: '',
    location: '',
    time_zone: ownTimeZone(),
    ...NO_TIMES,
    currency: 'IDR',
    max_tickets_per_booking: '10',
    max_tickets_per_user: '10',
    max_pending_bookings_per_user: '2',
    sections: [newSection('even', [])],
  }
}

const capText = (cap: number | null | undefined) => (cap == null ? '' : String(cap))

/** The times of a concert in the venue's time zone. */
function timesOf(concert: Concert): TimeFields {
  const times = { ...NO_TIMES }
  for (const field of TIME_FIELDS) {
    const instant = concert[field]
    if (instant == null) continue
    times[field] = wallClockOf(instant, concert.time_zone)
    times[`${field}_offset`] = offsetOf(instant, concert.time_zone)
  }
  return times
}

/** The details of a concert as form values. */
export function detailsOf(concert: Concert): DetailFields {
  const { name, artist, description, venue, location, time_zone } = concert
  return {
    ...{ name, artist, description, venue, location, time_zone },
    ...timesOf(concert),
    max_tickets_per_booking: capText(concert.max_tickets_per_booking),
    max_tickets_per_user: capText(concert.max_tickets_per_user),
    max_pending_bookings_per_user: capText(concert.max_pending_bookings_per_user),
  }
}

/** A copy with the same sections and prices, but without times. */
export function copyOf(concert: Concert): ConcertFields {
  const sections = concert.sections.map((section) => sectionFieldsOf(section, concert.currency))
  return { ...detailsOf(concert), ...NO_TIMES, currency: concert.currency, sections }
}

function sectionFieldsOf(section: Section, currency: string): SectionFields {
  const { code, name, layout, plan } = section
  return {
    ...newSection(section.kind === 'standing' ? 'standing' : 'rows', []),
    ...{ code, name },
    layout: (layout ?? []).map((row) => {
      const marked = (kind: (typeof row.marks)[number]['kind']) =>
        formatNumberList(row.marks.filter((mark) => mark.kind === kind).map(({ seat }) => seat))
      return {
        label: row.label,
        seats: String(row.seats),
        first: row.first === undefined || row.first === 1 ? '' : String(row.first),
        gaps: row.gaps.join(', '),
        wheelchair: marked('wheelchair'),
        companion: marked('companion'),
        restricted_view: marked('restricted_view'),
      }
    }),
    capacity: capText(section.capacity),
    prices: section.prices.map(({ price, audience, ...rest }) => ({
      ...rest,
      price: formatAmountInput(price, currency),
      members: audience === 'members',
    })),
    plan: plan
      ? {
          x: String(plan.x),
          y: String(plan.y),
          width: String(plan.width),
          height: String(plan.height),
          rotation: String(plan.rotation),
        }
      : NO_PLAN,
  }
}
