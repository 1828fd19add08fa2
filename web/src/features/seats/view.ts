import type { Box } from './plan'

/** How the plan lies on the screen: a point of the plan is drawn at `x * scale + left`, `y * scale + top`. */
export type View = { scale: number; left: number; top: number }
export type Size = { width: number; height: number }

const MARGIN = 0.06
/** How much of the map must stay in sight. */
const KEPT_PX = 80
/** The widest that a unit of the plan may be drawn, in pixels. */
const SCALE_MAX = 12

/** Shows a box whole, in the middle. */
export function viewOf(box: Box, size: Size, margin = MARGIN): View {
  const [width, height] = [box.right - box.left, box.bottom - box.top]
  const room = { width: size.width * (1 - 2 * margin), height: size.height * (1 - 2 * margin) }
  const scale = Math.min(SCALE_MAX, room.width / Math.max(1, width), room.height / Math.max(1, height))
  return {
    scale,
    left: size.width / 2 - ((box.left + box.right) / 2) * scale,
    top: size.height / 2 - ((box.top + box.bottom) / 2) * scale,
  }
}

/** Grows or shrinks around a point of the screen, never smaller than the whole house. */
export function zoom(view: View, factor: number, x: number, y: number, box: Box, size: Size): View {
  const smallest = viewOf(box, size).scale
  const scale = Math.min(SCALE_MAX, Math.max(smallest, view.scale * factor))
  const by = scale / view.scale
  return keep({ scale, left: x - (x - view.left) * by, top: y - (y - view.top) * by }, box, size)
}

export function pan(view: View, dx: number, dy: number, box: Box, size: Size): View {
  return keep({ ...view, left: view.left + dx, top: view.top + dy }, box, size)
}

/** Keeps some of the house in sight. */
function keep(view: View, box: Box, size: Size): View {
  const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
  return {
    scale: view.scale,
    left: within(view.left, KEPT_PX - box.right * view.scale, size.width - KEPT_PX - box.left * view.scale),
    top: within(view.top, KEPT_PX - box.bottom * view.scale, size.height - KEPT_PX - box.top * view.scale),
  }
}

/** How far a flight has come: fast at first, then slower. A frame may have begun before the flight that it is part of. */
export function progress(flownMs: number, wholeMs: number): number {
  const share = Math.min(1, Math.max(0, flownMs / wholeMs))
  return 1 - (1 - share) ** 3
}

/** On the way from one view to another. */
export function between(from: View, to: View, share: number): View {
  const mix = (one: number, other: number) => one + (other - one) * share
  return { scale: mix(from.scale, to.scale), left: mix(from.left, to.left), top: mix(from.top, to.top) }
}
