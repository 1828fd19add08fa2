import type { Row, SeatMapModel, SectionArea } from './seat-map-model'
import type { Point, Size, Viewport } from './viewport'

/** The colours of the map. Shapes carry the same information, for colour-blind users. */
export type MapColors = {
  free: string
  freeText: string
  held: string
  gone: string
  chosen: string
  chosenText: string
  areaGone: string
  areaLine: string
  stage: string
  text: string
  soft: string
  ground: string
}

export type Scene = {
  seatMap: SeatMapModel
  view: Viewport
  size: Size
  colors: MapColors
  chosen: ReadonlySet<number>
  /** Seats of the user's own bookings. */
  own: ReadonlySet<number>
  /** The seat under the pointer. */
  pointed: number | undefined
  /** The area under the pointer. */
  pointedArea: number | undefined
  available: ReadonlyMap<string, number>
  /** Whether a section is sold in the chosen price category. */
  isSold: (area: SectionArea) => boolean
  /** The text below a section's name. */
  priceOf: (area: SectionArea) => string
  stageName: string
  /** Device pixels per CSS pixel. */
  ratio: number
  sprites: Sprites
}

/** The radius in pixels from which seats are drawn instead of the section's name. */
const SEATS_FROM_PX = 2.6
/** The radius in pixels from which seats show their number. */
const NUMBERS_FROM_PX = 9
const NAME_MAX_PX = 17
/** The row label: its distance to the first seat in radii, to the edge of the map, and its largest size. */
const LABEL_DISTANCE = 2.6
const LABEL_EDGE_PX = 13
const LABEL_MAX_PX = 13
/** A direction with a smaller component counts as parallel to the axis. */
const PARALLEL = 1e-6
/** The margin of a sprite, for shapes that are larger than the seat. */
const SPRITE_EDGE = 2
const TAU = Math.PI * 2

const CODE = { free: 97, held: 104 }

export function showsSeats(area: SectionArea, view: Viewport): boolean {
  return area.radius * view.scale >= SEATS_FROM_PX
}

export function drawSeatMap(context: CanvasRenderingContext2D, scene: Scene): void {
  const { view, size, seatMap, ratio } = scene
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, size.width, size.height)
  drawStage(context, scene)
  for (const area of seatMap.areas) {
    if (!isVisible(area, view, size)) continue
    const seats = showsSeats(area, view)
    drawArea(context, scene, area, seats)
    if (seats) drawSeats(context, scene, area)
  }
}

function isVisible({ box }: SectionArea, view: Viewport, size: Size): boolean {
  const [left, right] = [box.left * view.scale + view.left, box.right * view.scale + view.left]
  const [top, bottom] = [box.top * view.scale + view.top, box.bottom * view.scale + view.top]
  return right > 0 && bottom > 0 && left < size.width && top < size.height
}

function drawStage(context: CanvasRenderingContext2D, { seatMap, view, colors, stageName }: Scene): void {
  const left = seatMap.stage.left * view.scale + view.left
  const top = seatMap.stage.top * view.scale + view.top
  const width = (seatMap.stage.right - seatMap.stage.left) * view.scale
  const height = (seatMap.stage.bottom - seatMap.stage.top) * view.scale
  context.beginPath()
  context.roundRect(left, top, width, height, [4, 4, height * 0.45, height * 0.45])
  context.fillStyle = colors.stage
  context.fill()
  write(context, stageName, left + width / 2, top + height / 2, Math.min(15, height * 0.45), colors.soft)
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  px: number,
  color: string,
  weight = 600,
): void {
  if (px < 7) return
  context.font = `${weight} ${px}px "Figtree Variable", system-ui, sans-serif`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillStyle = color
  context.fillText(text, x, y)
}

function outline(context: CanvasRenderingContext2D, area: SectionArea, view: Viewport): void {
  context.beginPath()
  area.corners.forEach(([x, y], index) => {
    const [px, py] = [x * view.scale + view.left, y * view.scale + view.top]
    if (index === 0) context.moveTo(px, py)
    else context.lineTo(px, py)
  })
  context.closePath()
}

function drawArea(context: CanvasRenderingContext2D, scene: Scene, area: SectionArea, seats: boolean): void {
  const { view, colors, pointedArea } = scene
  const isPointed = pointedArea === area.index
  const isBookable = scene.available.get(area.code) !== 0 && scene.isSold(area)
  outline(context, area, view)
  context.lineJoin = 'round'
  if (!seats) {
    context.globalAlpha = isPointed ? 1 : 0.88
    context.fillStyle = isBookable ? colors.free : colors.areaGone
    context.fill()
    context.globalAlpha = 1
  }
  context.lineWidth = isPointed ? 2.5 : 1
  context.strokeStyle = isPointed ? colors.text : colors.areaLine
  if (seats || isPointed) context.stroke()
  if (!seats) drawAreaLabel(context, scene, area, isBookable ? colors.freeText : colors.soft)
}

function drawAreaLabel(
  context: CanvasRenderingContext2D,
  { view, priceOf }: Scene,
  area: SectionArea,
  color: string,
): void {
  const { box } = area
  const width = (box.right - box.left) * view.scale
  const height = (box.bottom - box.top) * view.scale
  const x = ((box.left + box.right) / 2) * view.scale + view.left
  const y = ((box.top + box.bottom) / 2) * view.scale + view.top
  const px = Math.min(NAME_MAX_PX, height * 0.34)
  const hasRoom = height > 46 && width > 84
  const name = area.name.length * px * 0.55 < width ? area.name : area.code
  const fitting = Math.min(px, width / (name.length * 0.62))
  write(context, name, x, hasRoom ? y - px * 0.55 : y, fitting, color, 680)
  if (hasRoom) write(context, priceOf(area), x, y + px * 0.65, Math.min(13, px * 0.8), color, 500)
}

function drawSeats(context: CanvasRenderingContext2D, scene: Scene, area: SectionArea): void {
  const { seatMap, view } = scene
  const radius = area.radius * view.scale
  const isSold = scene.isSold(area)
  for (let index = area.rows.from; index < area.rows.to; index += 1) {
    const row = seatMap.rows[index]
    if (!row || !isRowVisible(scene, row, radius)) continue
    drawRow(context, scene, row, radius, isSold)
    if (radius >= NUMBERS_FROM_PX) drawRowLabel(context, scene, row, radius)
  }
}

/** Rows are straight, so a row is invisible when both ends are beyond the same edge. */
function isRowVisible({ seatMap, view, size }: Scene, { start, count }: Row, radius: number): boolean {
  const end = start + count - 1
  const [x0, x1] = [start, end].map((seat) => (seatMap.x[seat] ?? 0) * view.scale + view.left)
  const [y0, y1] = [start, end].map((seat) => (seatMap.y[seat] ?? 0) * view.scale + view.top)
  const beyond = (one = 0, other = 0, limit = 0) =>
    Math.max(one, other) < -radius || Math.min(one, other) > limit + radius
  return !beyond(x0, x1, size.width) && !beyond(y0, y1, size.height)
}

function drawRow(
  context: CanvasRenderingContext2D,
  { seatMap, view, size, colors, chosen, own, pointed, sprites, ratio }: Scene,
  { start, count, first, marks }: Row,
  radius: number,
  isSold: boolean,
): void {
  const half = radius + SPRITE_EDGE
  for (let seat = start; seat < start + count; seat += 1) {
    const x = (seatMap.x[seat] ?? 0) * view.scale + view.left
    const y = (seatMap.y[seat] ?? 0) * view.scale + view.top
    if (x < -half || y < -half || x > size.width + half || y > size.height + half) continue
    const number = first + seat - start
    const facts = { isChosen: chosen.has(seat), isOwn: own.has(seat), isSold }
    const look = lookOf(seatMap.state[seat] ?? 0, facts, marks.get(number))
    context.drawImage(sprites.of(look, radius, colors, ratio), x - half, y - half, half * 2, half * 2)
    if (radius >= NUMBERS_FROM_PX && !BARE.has(look)) {
      write(context, String(number), x, y + 0.5, radius * 0.85, colors.freeText)
    }
    if (seat === pointed) ring(context, x, y, radius + 3, colors.text)
  }
}

/** Draws a row's label before its first seat, or where the row enters the viewport. */
function drawRowLabel(
  context: CanvasRenderingContext2D,
  { seatMap, view, size, colors }: Scene,
  { start, label, count }: Row,
  radius: number,
): void {
  const at = (seat: number): [number, number] => [
    (seatMap.x[seat] ?? 0) * view.scale + view.left,
    (seatMap.y[seat] ?? 0) * view.scale + view.top,
  ]
  const [first, last] = [at(start), at(start + count - 1)]
  const length = Math.hypot(last[0] - first[0], last[1] - first[1])
  const way: [number, number] =
    length > 0 ? [(last[0] - first[0]) / length, (last[1] - first[1]) / length] : [1, 0]
  const before = radius * LABEL_DISTANCE
  const from: [number, number] = [first[0] - way[0] * before, first[1] - way[1] * before]
  const inset = LABEL_EDGE_PX
  const far = entryDistance(from, way, [inset, inset], [size.width - inset, size.height - inset])
  if (far === undefined || far > length + before) return
  const [x, y] = [from[0] + way[0] * far, from[1] + way[1] * far]
  const px = Math.min(LABEL_MAX_PX, radius)
  if (far > 0) drawChip(context, label, x, y, px, colors.ground)
  write(context, label, x, y, px, far > 0 ? colors.text : colors.soft)
}

/** The distance after which a ray enters a box; 0 when it starts inside, `undefined` when it misses. */
export function entryDistance(
  from: readonly [number, number],
  way: readonly [number, number],
  low: readonly [number, number],
  high: readonly [number, number],
): number | undefined {
  let [enter, leave] = [0, Number.POSITIVE_INFINITY]
  for (const axis of [0, 1] as const) {
    const [at, step] = [from[axis], way[axis]]
    if (Math.abs(step) < PARALLEL) {
      if (at < low[axis] || at > high[axis]) return undefined
      continue
    }
    const [one, other] = [(low[axis] - at) / step, (high[axis] - at) / step]
    enter = Math.max(enter, Math.min(one, other))
    leave = Math.min(leave, Math.max(one, other))
  }
  return enter <= leave ? enter : undefined
}

function drawChip(
  context: CanvasRenderingContext2D,
  label: string,
  x: number,
  y: number,
  px: number,
  color: string,
): void {
  const [width, height] = [px * (0.7 * label.length + 0.9), px * 1.7]
  context.globalAlpha = 0.92
  context.fillStyle = color
  context.beginPath()
  context.roundRect(x - width / 2, y - height / 2, width, height, px * 0.4)
  context.fill()
  context.globalAlpha = 1
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string): void {
  context.beginPath()
  context.arc(x, y, radius, 0, TAU)
  context.lineWidth = 2
  context.strokeStyle = color
  context.stroke()
}

type SeatLook =
  | 'free'
  | 'chosen'
  | 'own'
  | 'held'
  | 'gone'
  | 'unsold'
  | 'wheelchair'
  | 'companion'
  | 'restricted_view'

/** Whether the user has selected the seat or booked it before, and whether it is sold in the chosen price category. */
type SeatFacts = { isChosen: boolean; isOwn: boolean; isSold: boolean }

/** The looks without a seat number. */
const BARE: ReadonlySet<SeatLook> = new Set(['held', 'gone', 'unsold', 'chosen', 'own'])

function lookOf(state: number, { isChosen, isOwn, isSold }: SeatFacts, mark: SeatLook | undefined): SeatLook {
  if (isChosen) return 'chosen'
  if (isOwn) return 'own'
  if (state === CODE.free) return isSold ? (mark ?? 'free') : 'unsold'
  return state === CODE.held ? 'held' : 'gone'
}

/**
 * Caches each look as a bitmap: copying is several times as fast as drawing each seat. Create a new instance for
 * other colours.
 */
export class Sprites {
  private readonly cache = new Map<string, HTMLCanvasElement>()

  of(look: SeatLook, radius: number, colors: MapColors, ratio: number): HTMLCanvasElement {
    const key = `${look} ${radius} ${ratio}`
    const cached = this.cache.get(key)
    if (cached) return cached
    // Zooming leaves bitmaps of sizes that are not used again.
    if (this.cache.size >= SPRITES_MAX) this.cache.clear()
    const made = spriteOf(look, radius, colors, ratio)
    this.cache.set(key, made)
    return made
  }
}

const SPRITES_MAX = 400

function spriteOf(look: SeatLook, radius: number, colors: MapColors, ratio: number): HTMLCanvasElement {
  const half = radius + SPRITE_EDGE
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(half * 2 * ratio)
  canvas.height = canvas.width
  const context = canvas.getContext('2d')
  if (!context) return canvas
  context.scale(canvas.width / (half * 2), canvas.width / (half * 2))
  context.translate(half, half)
  SHAPES[look](context, radius, colors)
  return canvas
}

type Shape = (context: CanvasRenderingContext2D, radius: number, colors: MapColors) => void

const square =
  (color: (colors: MapColors) => string): Shape =>
  (context, radius, colors) => {
    context.fillStyle = color(colors)
    context.beginPath()
    context.roundRect(-radius, -radius, radius * 2, radius * 2, radius * 0.35)
    context.fill()
  }

function tick(context: CanvasRenderingContext2D, radius: number, color: string): void {
  context.strokeStyle = color
  context.lineWidth = Math.max(1, radius * 0.28)
  context.lineCap = 'round'
  context.beginPath()
  context.moveTo(-radius * 0.5, 0)
  context.lineTo(-radius * 0.1, radius * 0.42)
  context.lineTo(radius * 0.55, -radius * 0.42)
  context.stroke()
}

const SHAPES: Record<SeatLook, Shape> = {
  free: (context, radius, colors) => {
    context.fillStyle = colors.free
    context.beginPath()
    context.arc(0, 0, radius, 0, TAU)
    context.fill()
  },
  chosen: (context, radius, colors) => {
    square(({ chosen }) => chosen)(context, radius + 1.5, colors)
    tick(context, radius, colors.chosenText)
  },
  own: (context, radius, colors) => {
    context.strokeStyle = colors.chosen
    context.lineWidth = Math.max(1, radius * 0.22)
    context.beginPath()
    context.roundRect(-radius, -radius, radius * 2, radius * 2, radius * 0.35)
    context.stroke()
    tick(context, radius, colors.chosen)
  },
  held: (context, radius, colors) => {
    context.strokeStyle = colors.held
    context.lineWidth = Math.max(1, radius * 0.3)
    context.beginPath()
    context.arc(0, 0, radius * 0.75, 0, TAU)
    context.stroke()
  },
  gone: (context, radius, colors) => {
    context.strokeStyle = colors.gone
    context.lineWidth = Math.max(0.8, radius * 0.22)
    context.lineCap = 'round'
    const reach = radius * 0.45
    context.beginPath()
    context.moveTo(-reach, -reach)
    context.lineTo(reach, reach)
    context.moveTo(reach, -reach)
    context.lineTo(-reach, reach)
    context.stroke()
  },
  unsold: (context, radius, colors) => {
    context.strokeStyle = colors.gone
    context.lineWidth = Math.max(0.8, radius * 0.22)
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(-radius * 0.5, 0)
    context.lineTo(radius * 0.5, 0)
    context.stroke()
  },
  wheelchair: square(({ free }) => free),
  companion: (context, radius, colors) => {
    context.fillStyle = colors.free
    context.beginPath()
    context.moveTo(0, -radius)
    context.lineTo(radius, 0)
    context.lineTo(0, radius)
    context.lineTo(-radius, 0)
    context.closePath()
    context.fill()
  },
  restricted_view: (context, radius, colors) => {
    context.fillStyle = colors.free
    context.beginPath()
    context.arc(0, 0, radius, 0, Math.PI)
    context.closePath()
    context.fill()
    context.strokeStyle = colors.free
    context.lineWidth = Math.max(0.8, radius * 0.2)
    context.beginPath()
    context.arc(0, 0, radius * 0.9, 0, TAU)
    context.stroke()
  },
}

/** The seat nearest to a point of the map, within `reach` radii. */
export function seatUnder(
  seatMap: SeatMapModel,
  area: SectionArea,
  [x, y]: Point,
  reach: number,
): number | undefined {
  let best: number | undefined
  let least = (area.radius * reach) ** 2
  for (let seat = area.seats.from; seat < area.seats.to; seat += 1) {
    const square = ((seatMap.x[seat] ?? 0) - x) ** 2 + ((seatMap.y[seat] ?? 0) - y) ** 2
    if (square < least) {
      least = square
      best = seat
    }
  }
  return best
}
