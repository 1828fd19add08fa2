import type { SectionFields } from './form'
import { numbersOf } from './number-list'

export const MARK_KINDS = ['wheelchair', 'companion', 'restricted_view'] as const
export type MarkKind = (typeof MARK_KINDS)[number]
/** Seats side by side, numbered from `first`; `columns` says where each stands, aisles left free. */
export type HallRow = {
  label: string
  first: number
  columns: number[]
  length: number
  marks: [MarkKind, number][]
}
/** A section as it will lie on the plan, as far as it can be told from what has been typed. */
export type Area = {
  key: string
  code: string
  name: string
  price: string
  tickets: number
  x: number
  y: number
  width: number
  height: number
  rotation: number
  /** Distance of seats side by side and of rows; nothing where people stand. */
  pitch: { x: number; y: number } | undefined
  rows: HallRow[]
  /** Columns of the longest row; the others lie in its middle. */
  longest: number
  /** Strokes of dots, one for seats side by side, in the area's own room. */
  seats: string
  marks: Record<MarkKind, string>
}
export type Hall = {
  areas: Area[]
  tickets: number
  box: { x: number; y: number; width: number; height: number }
}

/** What a section takes when nobody placed it, in units of the plan: as the shop draws it. */
const PITCH = 10
const STANDING_WIDTH = 360
const STANDING_HEIGHT = 90
const BETWEEN = 40
const MARGIN = 30
const STAGE_ROOM = 90
/** More than this is not drawn while one types. */
const ROWS_MAX = 500
const SEATS_MAX = 500
const FIRST_MAX = 9_999
/** So far beyond its last seat a stroke goes, lest rounding swallow the last dot. */
const OVERHANG = 0.2

const wholeOf = (text: string, most: number) =>
  /^\d{1,7}$/.test(text.trim()) ? Math.min(most, Number(text)) : 0

type Layout = { label: string; seats: number; first: number; gaps: number[]; marks: [MarkKind, number][] }

function rowOf({ label, seats, first, gaps, marks }: Layout): HallRow {
  const columns: number[] = []
  let column = 0
  for (let number = first; number < first + seats; number += 1) {
    columns.push(column)
    column += 1 + gaps.filter((gap) => gap === number).length
  }
  const length = (columns.at(-1) ?? -1) + 1
  return { label, first, columns, length, marks }
}

function rowsOf(section: SectionFields): HallRow[] {
  if (section.shape === 'standing') return []
  if (section.shape === 'even') {
    const seats = wholeOf(section.seats_per_row, SEATS_MAX)
    const row = rowOf({ label: '', seats, first: 1, gaps: numbersOf(section.aisles) ?? [], marks: [] })
    return Array.from({ length: wholeOf(section.rows, ROWS_MAX) }, (_, index) => ({
      ...row,
      label: String(index + 1),
    }))
  }
  return section.layout.map((row) => {
    const marks = MARK_KINDS.flatMap((kind) =>
      (numbersOf(row[kind]) ?? []).map((seat): [MarkKind, number] => [kind, seat]),
    )
    const seats = wholeOf(row.seats, SEATS_MAX)
    const first = wholeOf(row.first, FIRST_MAX) || 1
    return rowOf({ label: row.label.trim(), seats, first, gaps: numbersOf(row.gaps) ?? [], marks })
  })
}

const round = (value: number) => Math.round(value * 100) / 100

/** Where a row begins, in columns: short rows lie in the middle. */
export function indentOf(longest: number, length: number): number {
  return (longest - length) / 2
}

function dots(rows: HallRow[], longest: number, pitch: { x: number; y: number }) {
  let seats = ''
  const marks: Record<MarkKind, string> = { wheelchair: '', companion: '', restricted_view: '' }
  rows.forEach(({ columns, first, length, marks: marked }, index) => {
    const y = round((index + 0.5) * pitch.y)
    const left = (indentOf(longest, length) + 0.5) * pitch.x
    const at = (column: number) => round(left + column * pitch.x)
    let begin = 0
    columns.forEach((column, seat) => {
      const next = columns[seat + 1]
      if (next === column + 1) return
      const from = columns[begin] ?? column
      seats += `M${at(from)} ${y}h${round((column - from) * pitch.x + OVERHANG)}`
      begin = seat + 1
    })
    for (const [kind, seat] of marked) {
      const column = columns[seat - first]
      if (column !== undefined) marks[kind] += `M${at(column)} ${y}h${OVERHANG}`
    }
  })
  return { seats, marks }
}

/** Where a section was placed by its organiser, once all four numbers are there. */
function placeOf({ plan }: SectionFields) {
  const texts = [plan.x, plan.y, plan.width, plan.height]
  if (!texts.every((text) => /^-?\d{1,7}$/.test(text.trim()))) return undefined
  const [x = 0, y = 0, width = 0, height = 0] = texts.map(Number)
  return width > 0 && height > 0 ? { x, y, width, height, rotation: Number(plan.rotation) || 0 } : undefined
}

/** The plan of what has been typed so far; what makes no sense yet is left out. */
export function hallOf(sections: SectionFields[]): Hall {
  const placed = sections.map(placeOf)
  const drawn = placed.filter((place) => place !== undefined)
  let below = Math.max(0, ...drawn.map(({ y, height }) => y + height + BETWEEN))
  const middle =
    drawn.length === 0 ? 0 : drawn.reduce((sum, { x, width }) => sum + x + width / 2, 0) / drawn.length
  const areas = sections.map((section, index): Area => {
    const rows = rowsOf(section)
    const longest = Math.max(0, ...rows.map(({ length }) => length))
    const isStanding = section.shape === 'standing'
    const place = placed[index] ?? unplaced(isStanding, longest, rows.length, middle, below)
    if (!placed[index]) below += place.height + BETWEEN
    const pitch =
      isStanding || longest === 0 ? undefined : { x: place.width / longest, y: place.height / rows.length }
    const none = { seats: '', marks: { wheelchair: '', companion: '', restricted_view: '' } }
    return {
      key: `${index}`,
      code: section.code,
      name: section.name,
      price: section.prices[0]?.price.trim() ?? '',
      tickets: isStanding
        ? wholeOf(section.capacity, 1_000_000)
        : rows.reduce((sum, { columns }) => sum + columns.length, 0),
      ...place,
      pitch,
      rows,
      longest,
      ...(pitch ? dots(rows, longest, pitch) : none),
    }
  })
  const box = boxAround(areas, STAGE_ROOM)
  return { areas, tickets: areas.reduce((sum, area) => sum + area.tickets, 0), box }
}

function unplaced(isStanding: boolean, longest: number, rows: number, middle: number, y: number) {
  const width = isStanding ? STANDING_WIDTH : Math.max(1, longest) * PITCH
  const height = isStanding ? STANDING_HEIGHT : Math.max(1, rows) * PITCH
  return { x: middle - width / 2, y, width, height, rotation: 0 }
}

/** All of the areas with some room around them, and with more of it above. */
export function boxAround(areas: Area[], above = MARGIN): Hall['box'] {
  const edges = areas.map(({ x, y, width, height, rotation }) => {
    const turn = (rotation * Math.PI) / 180
    const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))]
    const [halfWidth, halfHeight] = [(width * cos + height * sin) / 2, (width * sin + height * cos) / 2]
    const [cx, cy] = [x + width / 2, y + height / 2]
    return { left: cx - halfWidth, right: cx + halfWidth, top: cy - halfHeight, bottom: cy + halfHeight }
  })
  if (edges.length === 0) edges.push({ left: 0, right: STANDING_WIDTH, top: 0, bottom: STANDING_HEIGHT })
  const left = Math.min(...edges.map((edge) => edge.left)) - MARGIN
  const right = Math.max(...edges.map((edge) => edge.right)) + MARGIN
  const top = Math.min(...edges.map((edge) => edge.top)) - above
  const bottom = Math.max(...edges.map((edge) => edge.bottom)) + MARGIN
  return { x: left, y: top, width: right - left, height: bottom - top }
}
