import { type Bounds, placeSections, stageOf } from '@/kit/section-placement'
import type { SectionFields } from './form'
import { parseNumberList } from './number-list'

export const MARK_KINDS = ['wheelchair', 'companion', 'restricted_view'] as const
export type MarkKind = (typeof MARK_KINDS)[number]
/** Seats numbered from `first`; `columns` holds the column of each, aisles left free. */
export type LayoutRow = {
  label: string
  first: number
  columns: number[]
  length: number
  marks: [MarkKind, number][]
}
/** A section of the layout, as far as the input is complete. */
export type LayoutArea = {
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
  /** The distances of seats and of rows; `undefined` for standing sections. */
  pitch: { x: number; y: number } | undefined
  rows: LayoutRow[]
  /** The columns of the longest row; shorter rows are centred. */
  longest: number
  /** SVG paths in the area's own coordinates: a dashed stroke for each run of adjacent seats. */
  seats: string
  marks: Record<MarkKind, string>
}
export type SeatingLayout = {
  areas: LayoutArea[]
  tickets: number
  stage: Bounds
  box: { x: number; y: number; width: number; height: number }
}

const MARGIN = 30
const NOWHERE = { x: 0, y: 0, width: 0, height: 0 }
/** The bounds of a layout without sections. */
const EMPTY: Bounds = { left: 0, top: 0, right: 360, bottom: 90 }
/** Limits for incomplete input. */
const ROWS_MAX = 500
const SEATS_MAX = 500
const FIRST_MAX = 9_999
/** The stroke's extra length, so that rounding does not drop the last dot. */
const OVERHANG = 0.2

const parseCount = (text: string, most: number) =>
  /^\d{1,7}$/.test(text.trim()) ? Math.min(most, Number(text)) : 0

type RowSpec = { label: string; seats: number; first: number; gaps: number[]; marks: [MarkKind, number][] }

function rowOf({ label, seats, first, gaps, marks }: RowSpec): LayoutRow {
  const columns: number[] = []
  let column = 0
  for (let number = first; number < first + seats; number += 1) {
    columns.push(column)
    column += 1 + gaps.filter((gap) => gap === number).length
  }
  const length = (columns.at(-1) ?? -1) + 1
  return { label, first, columns, length, marks }
}

function rowsOf(section: SectionFields): LayoutRow[] {
  if (section.shape === 'standing') return []
  if (section.shape === 'even') {
    const seats = parseCount(section.seats_per_row, SEATS_MAX)
    const row = rowOf({ label: '', seats, first: 1, gaps: parseNumberList(section.aisles) ?? [], marks: [] })
    return Array.from({ length: parseCount(section.rows, ROWS_MAX) }, (_, index) => ({
      ...row,
      label: String(index + 1),
    }))
  }
  return section.layout.map((row) => {
    const marks = MARK_KINDS.flatMap((kind) =>
      (parseNumberList(row[kind]) ?? []).map((seat): [MarkKind, number] => [kind, seat]),
    )
    const seats = parseCount(row.seats, SEATS_MAX)
    const first = parseCount(row.first, FIRST_MAX) || 1
    return rowOf({ label: row.label.trim(), seats, first, gaps: parseNumberList(row.gaps) ?? [], marks })
  })
}

const round = (value: number) => Math.round(value * 100) / 100

/** The first column of a centred row. */
export function rowIndent(longest: number, length: number): number {
  return (longest - length) / 2
}

function seatDots(rows: LayoutRow[], longest: number, pitch: { x: number; y: number }) {
  let seats = ''
  const marks: Record<MarkKind, string> = { wheelchair: '', companion: '', restricted_view: '' }
  rows.forEach(({ columns, first, length, marks: marked }, index) => {
    const y = round((index + 0.5) * pitch.y)
    const left = (rowIndent(longest, length) + 0.5) * pitch.x
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

/** The organiser's placement, once all four numbers are valid. */
function placementOf({ plan }: SectionFields) {
  const texts = [plan.x, plan.y, plan.width, plan.height]
  if (!texts.every((text) => /^-?\d{1,7}$/.test(text.trim()))) return undefined
  const [x = 0, y = 0, width = 0, height = 0] = texts.map(Number)
  return width > 0 && height > 0 ? { x, y, width, height, rotation: Number(plan.rotation) || 0 } : undefined
}

/** Computes the layout from the form. Incomplete input is left out. */
export function layoutOf(sections: SectionFields[]): SeatingLayout {
  const placed = sections.map(placementOf)
  const rowsOfAll = sections.map(rowsOf)
  const longestOf = (rows: LayoutRow[]) => Math.max(0, ...rows.map(({ length }) => length))
  const rectangles = placeSections(
    rowsOfAll.map((rows, index) => ({ placed: placed[index], rows: rows.length, longest: longestOf(rows) })),
  )
  const areas = sections.map((section, index): LayoutArea => {
    const rows = rowsOfAll[index] ?? []
    const longest = longestOf(rows)
    const isStanding = section.shape === 'standing'
    const place = { ...(rectangles[index] ?? NOWHERE), rotation: placed[index]?.rotation ?? 0 }
    const pitch =
      isStanding || longest === 0 ? undefined : { x: place.width / longest, y: place.height / rows.length }
    const none = { seats: '', marks: { wheelchair: '', companion: '', restricted_view: '' } }
    return {
      key: `${index}`,
      code: section.code,
      name: section.name,
      price: section.prices[0]?.price.trim() ?? '',
      tickets: isStanding
        ? parseCount(section.capacity, 1_000_000)
        : rows.reduce((sum, { columns }) => sum + columns.length, 0),
      ...place,
      pitch,
      rows,
      longest,
      ...(pitch ? seatDots(rows, longest, pitch) : none),
    }
  })
  const pitches = areas.flatMap(({ pitch }) => (pitch ? [Math.min(pitch.x, pitch.y)] : []))
  const stage = stageOf(boundsOf(areas), pitches.length > 0 ? Math.min(...pitches) : undefined)
  const tickets = areas.reduce((sum, area) => sum + area.tickets, 0)
  return { areas, tickets, stage, box: withMargin(unionOf([boundsOf(areas), stage])) }
}

/** The bounds of the areas with a margin. */
export function boxAround(areas: LayoutArea[]): SeatingLayout['box'] {
  return withMargin(boundsOf(areas))
}

function boundsOf(areas: LayoutArea[]): Bounds {
  return areas.length === 0 ? EMPTY : unionOf(areas.map(rotatedBounds))
}

function rotatedBounds({ x, y, width, height, rotation }: LayoutArea): Bounds {
  const turn = (rotation * Math.PI) / 180
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))]
  const [halfWidth, halfHeight] = [(width * cos + height * sin) / 2, (width * sin + height * cos) / 2]
  const [cx, cy] = [x + width / 2, y + height / 2]
  return { left: cx - halfWidth, right: cx + halfWidth, top: cy - halfHeight, bottom: cy + halfHeight }
}

function unionOf(edges: Bounds[]): Bounds {
  return {
    left: Math.min(...edges.map(({ left }) => left)),
    top: Math.min(...edges.map(({ top }) => top)),
    right: Math.max(...edges.map(({ right }) => right)),
    bottom: Math.max(...edges.map(({ bottom }) => bottom)),
  }
}

function withMargin({ left, top, right, bottom }: Bounds): SeatingLayout['box'] {
  return {
    x: left - MARGIN,
    y: top - MARGIN,
    width: right - left + 2 * MARGIN,
    height: bottom - top + 2 * MARGIN,
  }
}
