import type { Concert } from '@/api/concerts'
import { type EditFields, editFieldsOf, fixedFields, type Phase } from './concert-changes'
import { type DetailFields, isTime, TIME_FIELDS, type TimeField } from './form'

/** A detail, or the price of a category in a section. */
type FieldName = { detail: VisibleField } | { section: string; category: string; path: PricePath }
type PricePath = `sections.${number}.prices.${number}`
type VisibleField = Exclude<keyof DetailFields, `${TimeField}_offset`>

/** A field that another member changed, or that is fixed by now. */
export type Difference = {
  field: FieldName
  mine: string
  theirs: string
  /** `theirs`: only they changed it; `both`: both did; `fixed`: the user changed it, but it is fixed by now. */
  kind: 'theirs' | 'both' | 'fixed'
}
/** The merged form values and the differences. */
export type Merged = { fields: EditFields; differences: Difference[] }

/** The details without the offsets, which belong to their times. */
const VISIBLE = [
  'name',
  'artist',
  'description',
  'venue',
  'location',
  'time_zone',
  ...TIME_FIELDS,
  'max_tickets_per_booking',
  'max_tickets_per_user',
  'max_pending_bookings_per_user',
] as const satisfies VisibleField[]

/**
 * Three-way merge of the user's input with a newer version of the concert. The user's changes win where the field is
 * still editable; the other member's changes are taken over elsewhere.
 */
export function mergeEdits(before: Concert, mine: EditFields, now: Concert, phase: Phase): Merged {
  const [old, theirs] = [editFieldsOf(before), editFieldsOf(now)]
  const fixed = fixedFields(phase)
  const fields: EditFields = structuredClone(theirs)
  const differences: Difference[] = []
  const compare = (field: FieldName, texts: Texts, isFixed: boolean): boolean => {
    const kind = kindOf(texts, isFixed)
    if (kind) differences.push({ field, mine: texts.mine, theirs: texts.theirs, kind })
    return texts.mine !== texts.old && !isFixed
  }
  for (const detail of VISIBLE) {
    const texts = {
      old: displayValue(old, detail),
      mine: displayValue(mine, detail),
      theirs: displayValue(theirs, detail),
    }
    if (!compare({ detail }, texts, fixed.has(detail))) continue
    fields[detail] = mine[detail]
    if (isTime(detail)) fields[`${detail}_offset`] = mine[`${detail}_offset`]
  }
  before.sections.forEach(({ code, prices }, index) => {
    const at = now.sections.findIndex((section) => section.code === code)
    prices.forEach((price, category) => {
      const place = now.sections[at]?.prices.findIndex((other) => other.code === price.code) ?? -1
      const texts = {
        old: old.sections[index]?.prices[category] ?? '',
        mine: mine.sections[index]?.prices[category] ?? '',
        theirs: theirs.sections[at]?.prices[place] ?? '',
      }
      const path: PricePath = `sections.${at}.prices.${place}`
      const field = { section: now.sections[at]?.name ?? code, category: price.name, path }
      const isMine = compare(field, texts, phase === 'cancelled' || place < 0)
      const section = fields.sections[at]
      if (isMine && section) section.prices[place] = texts.mine
    })
  })
  return { fields, differences }
}

type Texts = { old: string; mine: string; theirs: string }

function kindOf({ old, mine, theirs }: Texts, isFixed: boolean): Difference['kind'] | undefined {
  if (mine === theirs) return undefined
  if (mine === old) return 'theirs'
  if (isFixed) return 'fixed'
  return theirs === old ? undefined : 'both'
}

/** The value for display and comparison; times include their offset. */
function displayValue(fields: EditFields, field: VisibleField): string {
  if (!isTime(field) || fields[field] === '') return fields[field]
  return `${fields[field].replace('T', ' ')} ${fields[`${field}_offset`]}`.trim()
}
