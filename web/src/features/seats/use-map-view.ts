import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Box } from './plan'
import { between, pan, progress, type Size, type View, viewOf, zoom } from './view'

export type Moves = {
  pan: (dx: number, dy: number) => void
  zoom: (factor: number) => void
  whole: () => void
}

const WHEEL_SPEED = 0.0016
const FLIGHT_MS = 380
/** Room around a section that was opened. */
const AREA_MARGIN = 0.1

/**
 * Where the map is looked at: moved by dragging, by the wheel and by two fingers; it flies to the section that is opened.
 */
export function useMapView(canvas: RefObject<HTMLCanvasElement | null>, box: Box, open: Box | undefined) {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  const [view, setView] = useState<View>()
  const flight = useRef(0)
  const moving = useRef(false)
  const target = open && `${open.left} ${open.top} ${open.right} ${open.bottom}`

  const change = useCallback((next: (view: View) => View) => {
    cancelAnimationFrame(flight.current)
    setView((before) => before && next(before))
  }, [])
  const fly = useCallback((to: View) => {
    cancelAnimationFrame(flight.current)
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setView(to)
      return
    }
    const started = performance.now()
    let from: View | undefined
    const step = (now: number) => {
      const share = progress(now - started, FLIGHT_MS)
      setView((before) => {
        from ??= before ?? to
        return share >= 1 ? to : between(from, to, share)
      })
      if (share < 1) flight.current = requestAnimationFrame(step)
    }
    flight.current = requestAnimationFrame(step)
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another section or another size moves the map.
  useEffect(() => {
    if (size.width === 0) return
    const to = open ? viewOf(open, size, AREA_MARGIN) : viewOf(box, size)
    if (view) fly(to)
    else setView(to)
  }, [target, size.width, size.height])

  useEffect(() => {
    const element = canvas.current
    if (!element || size.width === 0) return
    return listen(element, {
      drag: (dx, dy) => change((before) => pan(before, dx, dy, box, size)),
      zoom: (factor, x, y) => change((before) => zoom(before, factor, x, y, box, size)),
      moving: (is) => {
        moving.current = is
      },
    })
  }, [canvas, box, size, change])

  const moves = useMemo<Moves>(
    () => ({
      pan: (dx, dy) => change((before) => pan(before, dx, dy, box, size)),
      zoom: (factor) => change((before) => zoom(before, factor, size.width / 2, size.height / 2, box, size)),
      whole: () => fly(viewOf(box, size)),
    }),
    [box, size, change, fly],
  )
  return { view, size, moves, isMoving: () => moving.current }
}

type Gestures = {
  drag: (dx: number, dy: number) => void
  zoom: (factor: number, x: number, y: number) => void
  moving: (is: boolean) => void
}

/** Turns pointers and the wheel into gestures, at most once a frame. */
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
    gestures.zoom(spread(now) / Math.max(1, spread(before)), (now.x + other.x) / 2, (now.y + other.y) / 2)
  }
  const up = (event: globalThis.PointerEvent) => {
    pointers.delete(event.pointerId)
    if (pointers.size === 0) gestures.moving(false)
  }
  const wheel = (event: WheelEvent) => {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    const { x, y } = at(event)
    gestures.zoom(Math.exp(-event.deltaY * lines * WHEEL_SPEED), x, y)
  }
  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', up)
  element.addEventListener('wheel', wheel, { passive: false })
  return () => {
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', up)
    element.removeEventListener('wheel', wheel)
  }
}
