import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { SeatMapModel, SectionArea } from './seat-map-model'
import {
  type Bounds,
  closeUpOf,
  easeOut,
  fitTo,
  interpolate,
  largestScale,
  type Point,
  pan,
  readableScale,
  type Size,
  type Viewport,
  zoom,
} from './viewport'

export type MapControls = {
  pan: (dx: number, dy: number) => void
  zoom: (factor: number) => void
  whole: () => void
  /** Zooms to a point of a section until its seats are legible and touchable. */
  closeUp: (area: SectionArea, point: Point) => void
}

/** The input that scrolls the page, for a hint on how to move the map. */
type Hint = 'wheel' | 'fingers'

const WHEEL_SPEED = 0.0016
const ANIMATION_MS = 380
const HINT_MS = 1_800
/** The margin around an opened section. */
const AREA_MARGIN = 0.1
const FINGER = '(pointer: coarse)'

/**
 * The visible part of the map. The wheel and one finger scroll the page; the map is moved by dragging with the mouse,
 * by two fingers, and zoomed by the wheel with Ctrl. Opening a section animates to it; on touch screens until its
 * seats are touchable.
 */
export function useViewport(
  canvas: RefObject<HTMLCanvasElement | null>,
  seatMap: SeatMapModel,
  open: SectionArea | undefined,
) {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  const [view, setView] = useState<Viewport>()
  const animationFrame = useRef(0)
  const moving = useRef(false)
  const tappedPoint = useRef<Point>(undefined)
  const bounds = useMemo<Bounds>(
    () => ({ box: seatMap.box, largest: largestScale(leastRadius(seatMap)) }),
    [seatMap],
  )
  const { box } = bounds
  const target = open?.code
  const { hint, show: showHint, understood } = useHint()

  const change = useCallback((next: (view: Viewport) => Viewport) => {
    cancelAnimationFrame(animationFrame.current)
    setView((before) => before && next(before))
  }, [])
  const animateTo = useCallback((to: Viewport) => {
    cancelAnimationFrame(animationFrame.current)
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setView(to)
      return
    }
    const started = performance.now()
    let from: Viewport | undefined
    const step = (now: number) => {
      const share = easeOut(now - started, ANIMATION_MS)
      setView((before) => {
        from ??= before ?? to
        return share >= 1 ? to : interpolate(from, to, share)
      })
      if (share < 1) animationFrame.current = requestAnimationFrame(step)
    }
    animationFrame.current = requestAnimationFrame(step)
  }, [])

  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => {
      const rect = entry?.contentRect
      if (rect) setSize({ width: rect.width, height: rect.height })
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [canvas])

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the section or of the size moves the map.
  useEffect(() => {
    if (size.width === 0) return
    const isClose = tappedPoint.current !== undefined || window.matchMedia(FINGER).matches
    const least = open && isClose ? readableScale(open.radius) : 0
    const to = open ? closeUpOf(open.box, least, tappedPoint.current, size, AREA_MARGIN) : fitTo(box, size)
    tappedPoint.current = undefined
    if (view) animateTo(to)
    else setView(to)
  }, [target, size.width, size.height])

  useEffect(() => {
    const element = canvas.current
    if (!element || size.width === 0) return
    return listen(element, {
      drag: (dx, dy) => change((before) => pan(before, dx, dy, box, size)),
      zoom: (factor, point) => {
        understood()
        change((before) => zoom(before, factor, point, bounds, size))
      },
      moving: (is) => {
        moving.current = is
      },
      scrolled: showHint,
    })
  }, [canvas, bounds, box, size, change, showHint, understood])

  const moves = useMemo<MapControls>(
    () => ({
      pan: (dx, dy) => change((before) => pan(before, dx, dy, box, size)),
      zoom: (factor) =>
        change((before) => zoom(before, factor, [size.width / 2, size.height / 2], bounds, size)),
      whole: () => animateTo(fitTo(box, size)),
      closeUp: (area, point) => {
        tappedPoint.current = area.code === target ? undefined : point
        animateTo(closeUpOf(area.box, readableScale(area.radius), point, size, AREA_MARGIN))
      },
    }),
    [bounds, box, size, change, animateTo, target],
  )
  return { view, size, moves, hint, isMoving: () => moving.current }
}

function leastRadius({ areas }: SeatMapModel): number {
  const radii = areas.map(({ radius }) => radius).filter((radius) => radius > 0)
  return radii.length > 0 ? Math.min(...radii) : 0
}

/** Shows a hint for a moment, until the user has zoomed once. */
function useHint() {
  const [hint, setHint] = useState<Hint>()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const isKnown = useRef(false)
  useEffect(() => () => clearTimeout(timer.current), [])
  const show = useCallback((tried: Hint) => {
    if (isKnown.current) return
    clearTimeout(timer.current)
    setHint(tried)
    timer.current = setTimeout(() => setHint(undefined), HINT_MS)
  }, [])
  const understood = useCallback(() => {
    isKnown.current = true
    setHint(undefined)
  }, [])
  return { hint, show, understood }
}

type Gestures = {
  drag: (dx: number, dy: number) => void
  zoom: (factor: number, point: Point) => void
  moving: (is: boolean) => void
  /** The user scrolled the page over the map. */
  scrolled: (tried: Hint) => void
}

/** Translates pointer and wheel events into gestures. */
function listen(element: HTMLElement, gestures: Gestures): () => void {
  const pointers = new Map<number, { x: number; y: number }>()
  const at = (event: { clientX: number; clientY: number }) => {
    const bounds = element.getBoundingClientRect()
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top }
  }
  const down = (event: globalThis.PointerEvent) => {
    pointers.set(event.pointerId, at(event))
    element.setPointerCapture(event.pointerId)
  }
  const move = (event: globalThis.PointerEvent) => {
    const before = pointers.get(event.pointerId)
    if (!before) return
    const now = at(event)
    pointers.set(event.pointerId, now)
    gestures.moving(true)
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
    if (!other) {
      gestures.drag(now.x - before.x, now.y - before.y)
      return
    }
    const spread = (one: { x: number; y: number }) => Math.hypot(one.x - other.x, one.y - other.y)
    gestures.drag((now.x - before.x) / 2, (now.y - before.y) / 2)
    gestures.zoom(spread(now) / Math.max(1, spread(before)), [(now.x + other.x) / 2, (now.y + other.y) / 2])
  }
  const up = (event: globalThis.PointerEvent) => {
    pointers.delete(event.pointerId)
    if (pointers.size === 0) gestures.moving(false)
  }
  const cancel = (event: globalThis.PointerEvent) => {
    if (event.pointerType === 'touch') gestures.scrolled('fingers')
    up(event)
  }
  // One finger scrolls the page; two are handled here.
  const touch = (event: TouchEvent) => {
    if (event.touches.length > 1 && event.cancelable) event.preventDefault()
  }
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return gestures.scrolled('wheel')
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    const { x, y } = at(event)
    gestures.zoom(Math.exp(-event.deltaY * lines * WHEEL_SPEED), [x, y])
  }
  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', cancel)
  element.addEventListener('touchstart', touch, { passive: false })
  element.addEventListener('touchmove', touch, { passive: false })
  element.addEventListener('wheel', wheel, { passive: false })
  return () => {
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', cancel)
    element.removeEventListener('touchstart', touch)
    element.removeEventListener('touchmove', touch)
    element.removeEventListener('wheel', wheel)
  }
}
