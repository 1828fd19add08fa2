import type { Concert, Seats, Section } from '@/api/concerts'
import { type Bounds, placeSections, stageOf } from '@/kit/section-placement'

/** Available, held, sold or blocked, in the API's encoding. */
export type SeatState = 'a' | 'h' | 's' | 'b'
type MarkKind = NonNullable<Section['layout']>[number]['marks'][number]['kind']

/** A row of seats, numbered consecutively, also across aisles. */
export type Row = {
  section: number
  label: string
  /** The number of its first seat. */
  first: number
  /** The index of its first seat in the arrays of the model. */
  start: number
  count: number
  marks: ReadonlyMap<number, MarkKind>
}

/** The area of a section on the map, rotated around its centre. */
export type SectionArea = {
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
  rotation: number
  /** The rotated corners, clockwise from the top left, and their bounding box. */
  corners: [number, number][]
  box: Box
  /** The radius of its seats; 0 for standing sections. */
  radius: number
  /** The ranges of its rows and seats. */
  rows: { from: number; to: number }
  seats: { from: number; to: number }
}

export type Box = Bounds

/** The geometry and the states of all seats, in typed arrays because there can be 100,000. */
export type SeatMapModel = {
  areas: SectionArea[]
  rows: Row[]
  x: Float32Array
  y: Float32Array
  /** The state of each seat as a character code. */
  state: Uint8Array
  rowOf: Uint16Array
  /** 1 for a seat without an aisle between it and the previous one. */
  isAdjacent: Uint8Array
  version: number
  box: Box
  stage: Box
}

/** The radius as a share of a seat's cell. */
const RADIUS = 0.4

const AISLE = '_'

/** The position and rotation of an area. */
type Placement = Pick<SectionArea, 'x' | 'y' | 'width' | 'height' | 'rotation'>

function placementsOf(concert: Concert, seats: Seats): Placement[] {
  const rectangles = placeSections(
    concert.sections.map(({ plan }, index) => {
      const rows = seats.sections[index]?.rows ?? []
      const longest = Math.max(0, ...rows.map((row) => row.seats.length))
      return { placed: plan ?? undefined, rows: rows.length, longest }
    }),
  )
  return rectangles.map(({ x, y, width, height }, index) => {
    const rotation = ((concert.sections[index]?.plan?.rotation ?? 0) * Math.PI) / 180
    return { x, y, width, height, rotation }
  })
}

function cornersOf({ x, y, width, height, rotation }: Placement): [number, number][] {
  const [cx, cy] = [x + width / 2, y + height / 2]
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)]
  const corners: [number, number][] = [
    [-width / 2, -height / 2],
    [width / 2, -height / 2],
    [width / 2, height / 2],
    [-width / 2, height / 2],
  ]
  return corners.map(([dx, dy]) => [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos])
}

function boundsOf(corners: [number, number][]): Box {
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}

export function contains({ x, y, width, height, rotation }: SectionArea, px: number, py: number): boolean {
  const [dx, dy] = [px - x - width / 2, py - y - height / 2]
  const [cos, sin] = [Math.cos(-rotation), Math.sin(-rotation)]
  const [lx, ly] = [dx * cos - dy * sin, dx * sin + dy * cos]
  return Math.abs(lx) <= width / 2 && Math.abs(ly) <= height / 2
}

function unionOf(boxes: Box[]): Box {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  }
}

/** Computes the position of every seat. Rows go from the stage side to the back, each centred in its section. */
export function seatMapModelOf(concert: Concert, seats: Seats): SeatMapModel {
  const total = seats.sections.reduce(
    (sum, { rows }) => sum + rows.reduce((count, row) => count + row.seats.replaceAll(AISLE, '').length, 0),
    0,
  )
  const seatMap: SeatMapModel = {
    areas: [],
    rows: [],
    x: new Float32Array(total),
    y: new Float32Array(total),
    state: new Uint8Array(total),
    rowOf: new Uint16Array(total),
    isAdjacent: new Uint8Array(total),
    version: seats.version,
    box: { left: 0, top: 0, right: 0, bottom: 0 },
    stage: { left: 0, top: 0, right: 0, bottom: 0 },
  }
  const place = placementsOf(concert, seats)
  let next = 0
  concert.sections.forEach((section, index) => {
    const at = place[index]
    if (at) next = addArea(seatMap, section, seats.sections[index]?.rows ?? [], at, next)
  })
  const bounds = unionOf(seatMap.areas.map(({ box }) => box))
  const radii = seatMap.areas.map(({ radius }) => radius).filter((radius) => radius > 0)
  seatMap.stage = stageOf(bounds, radii.length > 0 ? Math.min(...radii) / RADIUS : undefined)
  seatMap.box = unionOf([bounds, seatMap.stage])
  return seatMap
}

function addArea(
  seatMap: SeatMapModel,
  { code, name, kind, prices, layout }: Section,
  rows: Seats['sections'][number]['rows'],
  place: Placement,
  from: number,
): number {
  const longest = Math.max(1, ...rows.map((row) => row.seats.length))
  const [pitch, depth] = [place.width / longest, place.height / Math.max(1, rows.length)]
  const [cx, cy] = [place.x + place.width / 2, place.y + place.height / 2]
  const [cos, sin] = [Math.cos(place.rotation), Math.sin(place.rotation)]
  const firstRow = seatMap.rows.length
  let seat = from
  rows.forEach((row, number) => {
    const marks = new Map(layout?.[number]?.marks?.map((mark) => [mark.seat, mark.kind]))
    const start = seat
    const dy = (number + 0.5) * depth - place.height / 2
    for (let slot = 0; slot < row.seats.length; slot += 1) {
      if (row.seats[slot] === AISLE) continue
      const dx = (slot - (row.seats.length - 1) / 2) * pitch
      seatMap.x[seat] = cx + dx * cos - dy * sin
      seatMap.y[seat] = cy + dx * sin + dy * cos
      seatMap.state[seat] = row.seats.charCodeAt(slot)
      seatMap.rowOf[seat] = seatMap.rows.length
      seatMap.isAdjacent[seat] = slot > 0 && row.seats[slot - 1] !== AISLE ? 1 : 0
      seat += 1
    }
    const count = seat - start
    seatMap.rows.push({
      section: seatMap.areas.length,
      label: row.label,
      first: row.first,
      start,
      count,
      marks,
    })
  })
  const radius = rows.length > 0 ? Math.min(pitch, depth) * RADIUS : 0
  const corners = cornersOf(place)
  seatMap.areas.push({
    corners,
    box: boundsOf(corners),
    index: seatMap.areas.length,
    code,
    name,
    kind,
    prices,
    ...place,
    radius,
    rows: { from: firstRow, to: seatMap.rows.length },
    seats: { from, to: seat },
  })
  return seat
}

export function seatStateOf(seatMap: SeatMapModel, seat: number): SeatState {
  return String.fromCharCode(seatMap.state[seat] ?? 0) as SeatState
}

export function isFree(seatMap: SeatMapModel, seat: number): boolean {
  return seatMap.state[seat] === FREE
}
const FREE = 'a'.charCodeAt(0)

/** The row, section and number of a seat. */
export function seatAt(seatMap: SeatMapModel, seat: number) {
  const row = seatMap.rows[seatMap.rowOf[seat] ?? -1]
  const area = row && seatMap.areas[row.section]
  if (!row || !area) return undefined
  const number = row.first + seat - row.start
  return { row, area, number, label: `${area.code}-${row.label}-${number}`, mark: row.marks.get(number) }
}

/** The index of the seat with a label such as `A-12-7`. */
export function seatIndexOf(seatMap: SeatMapModel, label: string): number | undefined {
  const [code, rowLabel, number] = label.split('-')
  const area = seatMap.areas.find((item) => item.code === code)
  if (!area || rowLabel === undefined || number === undefined) return undefined
  for (let index = area.rows.from; index < area.rows.to; index += 1) {
    const row = seatMap.rows[index]
    if (row?.label !== rowLabel) continue
    const offset = Number(number) - row.first
    return offset >= 0 && offset < row.count ? row.start + offset : undefined
  }
  return undefined
}

/** Applies the seat states of a delta. */
export function applySeatChanges(
  seatMap: SeatMapModel,
  changes: readonly [label: string, letter: string][],
): void {
  for (const [label, letter] of changes) {
    const seat = seatIndexOf(seatMap, label)
    if (seat !== undefined) seatMap.state[seat] = letter.charCodeAt(0)
  }
}
