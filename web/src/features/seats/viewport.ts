import type { Box } from './seat-map-model'

/** How the map lies on the screen: a point of the map is drawn at `x * scale + left`, `y * scale + top`. */
export type Viewport = { scale: number; left: number; top: number }
export type Size = { width: number; height: number }
/** What limits the view: the whole house, and how large a unit of the map may be. */
export type Bounds = { box: Box; largest: number }
export type Point = readonly [x: number, y: number]

const MARGIN = 0.06
/** How much of the map must stay in sight. */
const VISIBLE_MIN_PX = 80
/** The widest that a unit of the map may be drawn, in pixels, unless its seats are small. */
const SCALE_MAX = 12
/** From this radius on, in pixels, a finger hits the seat it means, and row and number can be read. */
const READABLE_PX = 10
const CLOSE_PX = 24

/** Shows a box whole, in the middle. */
export function fitTo(box: Box, size: Size, margin = MARGIN): Viewport {
  const [width, height] = [box.right - box.left, box.bottom - box.top]
  const room = { width: size.width * (1 - 2 * margin), height: size.height * (1 - 2 * margin) }
  const scale = Math.min(SCALE_MAX, room.width / Math.max(1, width), room.height / Math.max(1, height))
  return {
    scale,
    left: size.width / 2 - ((box.left + box.right) / 2) * scale,
    top: size.height / 2 - ((box.top + box.bottom) / 2) * scale,
  }
}

/** The scale from which seats of a radius can be read and hit; 1 where people stand. */
export function readableScale(radius: number): number {
  return radius > 0 ? READABLE_PX / radius : 1
}

/** Whether a finger hits the seat it means. Where people stand, there is none to hit. */
export function isTouchable({ radius }: { radius: number }, { scale }: Viewport): boolean {
  // What was scaled to just that size may miss it by a rounding.
  return radius === 0 || Math.ceil(radius * scale) >= READABLE_PX
}

/** The largest scale for a map whose smallest seats have a radius. */
export function largestScale(radius: number): number {
  return radius > 0 ? Math.max(SCALE_MAX, CLOSE_PX / radius) : SCALE_MAX
}

/** Shows a point of the map in the middle, at a scale. */
function centreOn([x, y]: Point, scale: number, size: Size): Viewport {
  return { scale, left: size.width / 2 - x * scale, top: size.height / 2 - y * scale }
}

/**
 * A box whole and in the middle if its seats can be read then; or else as large as they need it, around a point that was
 * meant or, if there is none, its front.
 */
export function closeUpOf(
  box: Box,
  scale: number,
  point: Point | undefined,
  size: Size,
  margin: number,
): Viewport {
  const whole = fitTo(box, size, margin)
  if (whole.scale >= scale) return whole
  const half = { x: size.width / 2 / scale, y: size.height / 2 / scale }
  const within = (value: number, low: number, high: number) =>
    low > high ? (low + high) / 2 : Math.min(Math.max(value, low), high)
  const [x, y] = point ?? [(box.left + box.right) / 2, box.top]
  const edge = half.x * 2 * margin
  return centreOn(
    [
      within(x, box.left - edge + half.x, box.right + edge - half.x),
      within(y, box.top - edge + half.y, box.bottom + edge - half.y),
    ],
    scale,
    size,
  )
}

/** Grows or shrinks around a point of the screen, never smaller than the whole house. */
export function zoom(
  view: Viewport,
  factor: number,
  [x, y]: Point,
  { box, largest }: Bounds,
  size: Size,
): Viewport {
  const smallest = fitTo(box, size).scale
  const scale = Math.min(largest, Math.max(smallest, view.scale * factor))
  const by = scale / view.scale
  return clampTo({ scale, left: x - (x - view.left) * by, top: y - (y - view.top) * by }, box, size)
}

export function pan(view: Viewport, dx: number, dy: number, box: Box, size: Size): Viewport {
  return clampTo({ ...view, left: view.left + dx, top: view.top + dy }, box, size)
}

/** Keeps some of the house in sight. */
function clampTo(view: Viewport, box: Box, size: Size): Viewport {
  const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
  return {
    scale: view.scale,
    left: within(
      view.left,
      VISIBLE_MIN_PX - box.right * view.scale,
      size.width - VISIBLE_MIN_PX - box.left * view.scale,
    ),
    top: within(
      view.top,
      VISIBLE_MIN_PX - box.bottom * view.scale,
      size.height - VISIBLE_MIN_PX - box.top * view.scale,
    ),
  }
}

/** How far a flight has come: fast at first, then slower. A frame may have begun before the flight that it is part of. */
export function easeOut(flownMs: number, wholeMs: number): number {
  const share = Math.min(1, Math.max(0, flownMs / wholeMs))
  return 1 - (1 - share) ** 3
}

/** On the way from one view to another. */
export function interpolate(from: Viewport, to: Viewport, share: number): Viewport {
  const mix = (one: number, other: number) => one + (other - one) * share
  return { scale: mix(from.scale, to.scale), left: mix(from.left, to.left), top: mix(from.top, to.top) }
}
