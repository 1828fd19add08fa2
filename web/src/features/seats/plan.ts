import type { Concert, Seats, Section } from '@/api/concerts'
import { arrange, type Edges, stageOf } from '@/kit/seating-layout'

/** The state of a seat, as the server writes it. */
export type Letter = 'a' | 'h' | 's' | 'b'
type MarkKind = NonNullable<Section['layout']>[number]['marks'][number]['kind']

/** Seats side by side; numbered without holes, although aisles may lie between them. */
export type Row = {
  section: number
  label: string
  /** The number on its first seat. */
  first: number
  /** The index of its first seat in the plan. */
  start: number
  count: number
  marks: ReadonlyMap<number, MarkKind>
}

/** A part of the house, turned around its middle. */
export type Area = {
  index: number
  code: string
  name: string
  kind: Section['kind']
  prices: Section['prices']
  x: number
  y: number
  width: number
  height: number
  /** Clockwise, in radians. */
  turn: number
  /** Its corners, clockwise from what would be the top left, and what they span. */
  corners: [number, number][]
  box: Box
  /** Of its seats; 0 where people stand. */
  radius: number
  /** The indices of its rows, and of its seats. */
  rows: { from: number; to: number }
  seats: { from: number; to: number }
}

export type Box = Edges

/** A house and the state of its seats: numbers in arrays, because there may be very many of them. */
export type Plan = {
  areas: Area[]
  rows: Row[]
  x: Float32Array
  y: Float32Array
  /** The state of each seat as a character code. */
  state: Uint8Array
  rowOf: Uint16Array
  /** 1 for seats right beside the one before, without an aisle between them. */
  joined: Uint8Array
  version: number
  box: Box
  stage: Box
}

/** Of the room that a seat has. */
const RADIUS = 0.4

const AISLE = '_'

/** Where an area lies, and how it is turned. */
type Place = Pick<Area, 'x' | 'y' | 'width' | 'height' | 'turn'>

function places(concert: Concert, seats: Seats): Place[] {
  const rectangles = arrange(
    concert.sections.map(({ plan }, index) => {
      const rows = seats.sections[index]?.rows ?? []
      const longest = Math.max(0, ...rows.map((row) => row.seats.length))
      return { placed: plan ?? undefined, rows: rows.length, longest }
    }),
  )
  return rectangles.map(({ x, y, width, height }, index) => {
    const turn = ((concert.sections[index]?.plan?.rotation ?? 0) * Math.PI) / 180
    return { x, y, width, height, turn }
  })
}

function cornersOf({ x, y, width, height, turn }: Place): [number, number][] {
  const [cx, cy] = [x + width / 2, y + height / 2]
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const corners: [number, number][] = [
    [-width / 2, -height / 2],
    [width / 2, -height / 2],
    [width / 2, height / 2],
    [-width / 2, height / 2],
  ]
  return corners.map(([dx, dy]) => [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos])
}

function boxOf(corners: [number, number][]): Box {
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}

export function contains({ x, y, width, height, turn }: Area, px: number, py: number): boolean {
  const [dx, dy] = [px - x - width / 2, py - y - height / 2]
  const [cos, sin] = [Math.cos(-turn), Math.sin(-turn)]
  const [lx, ly] = [dx * cos - dy * sin, dx * sin + dy * cos]
  return Math.abs(lx) <= width / 2 && Math.abs(ly) <= height / 2
}

function around(boxes: Box[]): Box {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  }
}

/** Puts every seat in its place. Rows lie from the side of the stage to the back, each in the middle of its section. */
export function planOf(concert: Concert, seats: Seats): Plan {
  const total = seats.sections.reduce(
    (sum, { rows }) => sum + rows.reduce((count, row) => count + row.seats.replaceAll(AISLE, '').length, 0),
    0,
  )
  const plan: Plan = {
    areas: [],
    rows: [],
    x: new Float32Array(total),
    y: new Float32Array(total),
    state: new Uint8Array(total),
    rowOf: new Uint16Array(total),
    joined: new Uint8Array(total),
    version: seats.version,
    box: { left: 0, top: 0, right: 0, bottom: 0 },
    stage: { left: 0, top: 0, right: 0, bottom: 0 },
  }
  const place = places(concert, seats)
  let next = 0
  concert.sections.forEach((section, index) => {
    const at = place[index]
    if (at) next = addArea(plan, section, seats.sections[index]?.rows ?? [], at, next)
  })
  const house = around(plan.areas.map(({ box }) => box))
  const radii = plan.areas.map(({ radius }) => radius).filter((radius) => radius > 0)
  plan.stage = stageOf(house, radii.length > 0 ? Math.min(...radii) / RADIUS : undefined)
  plan.box = around([house, plan.stage])
  return plan
}

function addArea(
  plan: Plan,
  { code, name, kind, prices, layout }: Section,
  rows: Seats['sections'][number]['rows'],
  place: Place,
  from: number,
): number {
  const longest = Math.max(1, ...rows.map((row) => row.seats.length))
  const [pitch, depth] = [place.width / longest, place.height / Math.max(1, rows.length)]
  const [cx, cy] = [place.x + place.width / 2, place.y + place.height / 2]
  const [cos, sin] = [Math.cos(place.turn), Math.sin(place.turn)]
  const firstRow = plan.rows.length
  let seat = from
  rows.forEach((row, number) => {
    const marks = new Map(layout?.[number]?.marks?.map((mark) => [mark.seat, mark.kind]))
    const start = seat
    const dy = (number + 0.5) * depth - place.height / 2
    for (let slot = 0; slot < row.seats.length; slot += 1) {
      if (row.seats[slot] === AISLE) continue
      const dx = (slot - (row.seats.length - 1) / 2) * pitch
      plan.x[seat] = cx + dx * cos - dy * sin
      plan.y[seat] = cy + dx * sin + dy * cos
      plan.state[seat] = row.seats.charCodeAt(slot)
      plan.rowOf[seat] = plan.rows.length
      plan.joined[seat] = slot > 0 && row.seats[slot - 1] !== AISLE ? 1 : 0
      seat += 1
    }
    const count = seat - start
    plan.rows.push({ section: plan.areas.length, label: row.label, first: row.first, start, count, marks })
  })
  const radius = rows.length > 0 ? Math.min(pitch, depth) * RADIUS : 0
  const corners = cornersOf(place)
  plan.areas.push({
    corners,
    box: boxOf(corners),
    index: plan.areas.length,
    code,
    name,
    kind,
    prices,
    ...place,
    radius,
    rows: { from: firstRow, to: plan.rows.length },
    seats: { from, to: seat },
  })
  return seat
}

export function letterOf(plan: Plan, seat: number): Letter {
  return String.fromCharCode(plan.state[seat] ?? 0) as Letter
}

export function isFree(plan: Plan, seat: number): boolean {
  return plan.state[seat] === FREE
}
const FREE = 'a'.charCodeAt(0)

/** The row, section and number of a seat. */
export function seatAt(plan: Plan, seat: number) {
  const row = plan.rows[plan.rowOf[seat] ?? -1]
  const area = row && plan.areas[row.section]
  if (!row || !area) return undefined
  const number = row.first + seat - row.start
  return { row, area, number, label: `${area.code}-${row.label}-${number}`, mark: row.marks.get(number) }
}

/** The index of the seat with a label such as `A-12-7`. */
export function indexOf(plan: Plan, label: string): number | undefined {
  const [code, rowLabel, number] = label.split('-')
  const area = plan.areas.find((known) => known.code === code)
  if (!area || rowLabel === undefined || number === undefined) return undefined
  for (let index = area.rows.from; index < area.rows.to; index += 1) {
    const row = plan.rows[index]
    if (row?.label !== rowLabel) continue
    const offset = Number(number) - row.first
    return offset >= 0 && offset < row.count ? row.start + offset : undefined
  }
  return undefined
}

/** Writes down what became of some seats. */
export function applySeats(plan: Plan, changes: readonly [label: string, letter: string][]): void {
  for (const [label, letter] of changes) {
    const seat = indexOf(plan, label)
    if (seat !== undefined) plan.state[seat] = letter.charCodeAt(0)
  }
}
