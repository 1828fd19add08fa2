import type { Box } from './seat-map-model'

/** The transformation from map to screen: a point is drawn at `x * scale + left`, `y * scale + top`. */
export type Viewport = { scale: number; left: number; top: number }
export type Size = { width: number; height: number }
/** The limits: the bounding box of the map, and the largest scale. */
export type Bounds = { box: Box; largest: number }
export type Point = readonly [x: number, y: number]

const MARGIN = 0.06
/** The part of the map that must stay visible. */
const VISIBLE_MIN_PX = 80
/** The largest scale, unless the seats are small. */
const SCALE_MAX = 12
/** The radius in pixels from which seats are touchable and their numbers legible. */
const READABLE_PX = 10
const CLOSE_PX = 24

/** Fits a box into the viewport. */
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

/** The scale from which seats are legible and touchable; 1 for standing sections. */
export function readableScale(radius: number): number {
  return radius > 0 ? READABLE_PX / radius : 1
}

/** Whether seats are large enough to touch. Standing sections have no seats. */
export function isTouchable({ radius }: { radius: number }, { scale }: Viewport): boolean {
  // The exact scale may be slightly below the limit by rounding.
  return radius === 0 || Math.ceil(radius * scale) >= READABLE_PX
}

/** The largest scale for a map whose smallest seats have this radius. */
export function largestScale(radius: number): number {
  return radius > 0 ? Math.max(SCALE_MAX, CLOSE_PX / radius) : SCALE_MAX
}

function centreOn([x, y]: Point, scale: number, size: Size): Viewport {
  return { scale, left: size.width / 2 - x * scale, top: size.height / 2 - y * scale }
}

/**
 * Fits a box if its seats are legible then; otherwise zooms to `scale` around the point, or around the front of the
 * box.
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

/** Zooms around a point of the screen, at least to the whole map. */
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

/** Keeps a part of the map visible. */
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

/** The eased progress of an animation. The first frame may have started before the animation. */
export function easeOut(flownMs: number, wholeMs: number): number {
  const share = Math.min(1, Math.max(0, flownMs / wholeMs))
  return 1 - (1 - share) ** 3
}

export function interpolate(from: Viewport, to: Viewport, share: number): Viewport {
  const mix = (one: number, other: number) => one + (other - one) * share
  return { scale: mix(from.scale, to.scale), left: mix(from.left, to.left), top: mix(from.top, to.top) }
}
