import { useComputedColorScheme } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react'
import { useMessages } from '@/i18n/messages'
import { drawSeatMap, type MapColors, type Scene, Sprites, seatUnder, showsSeats } from './draw-seat-map'
import { seatsMessages } from './messages'
import styles from './seat-map.module.css'
import { contains, type SeatMapModel, type SectionArea } from './seat-map-model'
import { type MapControls, useViewport } from './use-viewport'
import { isTouchable, type Point } from './viewport'

type Props = {
  seatMap: SeatMapModel
  changeCount: number
  open: SectionArea | undefined
  chosen: ReadonlySet<number>
  /** Seats of the user's own bookings. */
  own: ReadonlySet<number>
  available: ReadonlyMap<string, number>
  isSold: (area: SectionArea) => boolean
  priceOf: (area: SectionArea) => string
  onArea: (area: SectionArea | undefined) => void
  onSeat: (seat: number) => void
  describeSeat: (seat: number) => string
}

type Found = { seat?: number | undefined; area?: SectionArea | undefined; point?: Point }

/** The name of the performance mark of the first drawing. */
const FIRST_DRAWN = 'seat-map-drawn'
/** A pointer that moved further than this was a drag. */
const CLICK_PX = 6
const STEP_PX = 70
/** The hit distance from the centre of a seat, in radii. */
const REACHES = { mouse: 1.25, finger: 1.8 }
const ZOOM_STEP = 1.6

/**
 * The seat map on a canvas. It pans and zooms by keys; for keyboards and screen readers all sections and seats are
 * also in the lists beside it.
 */
export function SeatMap({
  seatMap,
  changeCount,
  open,
  chosen,
  own,
  available,
  isSold,
  priceOf,
  onArea,
  onSeat,
  describeSeat,
}: Props) {
  const text = useMessages(seatsMessages)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [pointed, setPointed] = useState<{ seat?: number | undefined; area?: number | undefined }>({})
  const { view, size, moves, hint, isMoving } = useViewport(canvas, seatMap, open)
  const scheme = useComputedColorScheme('light')
  const isForced = useMediaQuery('(forced-colors: active)') ?? false
  const painted = usePaint()
  const isDrawn = useRef(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the model is changed in place; `changeCount` changes with it.
  useLayoutEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context || !view) return
    const ratio = Math.min(2, window.devicePixelRatio || 1)
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)]
    if (element.width !== width || element.height !== height) {
      element.width = width
      element.height = height
    }
    const scene: Scene = {
      seatMap,
      view,
      size,
      ...painted(element, `${scheme} ${isForced}`),
      chosen,
      own,
      pointed: pointed.seat,
      pointedArea: pointed.area,
      available,
      isSold,
      priceOf,
      stageName: text.stage,
      ratio,
    }
    drawSeatMap(context, scene)
    if (!isDrawn.current) performance.mark(FIRST_DRAWN)
    isDrawn.current = true
  }, [
    seatMap,
    changeCount,
    view,
    size,
    chosen,
    own,
    pointed,
    available,
    isSold,
    priceOf,
    text,
    scheme,
    isForced,
  ])

  const find = (event: PointerEvent): Found => {
    if (!view || !canvas.current) return {}
    const bounds = canvas.current.getBoundingClientRect()
    const x = (event.clientX - bounds.left - view.left) / view.scale
    const y = (event.clientY - bounds.top - view.top) / view.scale
    const area = seatMap.areas.find((item) => contains(item, x, y))
    if (!area) return {}
    const reach = REACHES[event.pointerType === 'mouse' ? 'mouse' : 'finger']
    const seat = showsSeats(area, view) ? seatUnder(seatMap, area, [x, y], reach) : undefined
    return { area, point: [x, y], seat }
  }
  const point = (event: PointerEvent) => {
    if (isMoving() || event.pointerType === 'touch') return
    const { seat, area } = find(event)
    const areaIndex = seat === undefined ? area?.index : undefined
    if (seat !== pointed.seat || areaIndex !== pointed.area) setPointed({ seat, area: areaIndex })
  }
  const click = (event: PointerEvent) => {
    const { seat, area, point } = find(event)
    if (view && area && point && event.pointerType !== 'mouse' && !isTouchable(area, view)) {
      moves.closeUp(area, point)
      onArea(area)
    } else if (seat !== undefined) onSeat(seat)
    else if (area && !(view && showsSeats(area, view))) onArea(area)
  }
  const clicks = useClicks(click)
  return (
    <div className={styles.frame}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        tabIndex={0}
        role="img"
        aria-label={text.mapLabel}
        data-pointing={pointed.seat !== undefined || pointed.area !== undefined || undefined}
        onKeyDown={(event) => moveByKey(event, moves)}
        onPointerMove={point}
        onPointerLeave={() => setPointed({})}
        {...clicks}
      />
      {pointed.seat !== undefined && (
        <p className={styles.tip} data-tip>
          {describeSeat(pointed.seat)}
        </p>
      )}
      {hint && (
        <p className={styles.hint} aria-hidden>
          {text.moveHint[hint]}
        </p>
      )}
      <div className={styles.tools}>
        <button type="button" aria-label={text.zoomIn} onClick={() => moves.zoom(ZOOM_STEP)}>
          +
        </button>
        <button type="button" aria-label={text.zoomOut} onClick={() => moves.zoom(1 / ZOOM_STEP)}>
          −
        </button>
        <button
          type="button"
          aria-label={text.whole}
          onClick={() => {
            onArea(undefined)
            moves.whole()
          }}
        >
          ⤢
        </button>
      </div>
    </div>
  )
}

/** The map moves against the direction of the key. */
const PANS: Record<string, [dx: number, dy: number]> = {
  ArrowLeft: [STEP_PX, 0],
  ArrowRight: [-STEP_PX, 0],
  ArrowUp: [0, STEP_PX],
  ArrowDown: [0, -STEP_PX],
}
const ZOOMS: Record<string, number> = { '+': ZOOM_STEP, '=': ZOOM_STEP, '-': 1 / ZOOM_STEP }

function moveByKey(event: KeyboardEvent, moves: MapControls): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const [way, factor] = [PANS[event.key], ZOOMS[event.key]]
  if (way) moves.pan(...way)
  else if (factor) moves.zoom(factor)
  else if (event.key === '0') moves.whole()
  else return
  event.preventDefault()
}

/** A click is a single pointer that goes down and up at about the same point. */
function useClicks(onClick: (event: PointerEvent) => void) {
  const down = useRef<{ x: number; y: number; id: number }>(undefined)
  return {
    onPointerDown: (event: PointerEvent) => {
      down.current = event.isPrimary ? { x: event.clientX, y: event.clientY, id: event.pointerId } : undefined
    },
    onPointerUp: (event: PointerEvent) => {
      const from = down.current
      down.current = undefined
      const way = from && Math.hypot(event.clientX - from.x, event.clientY - from.y)
      if (way !== undefined && way < CLICK_PX && from?.id === event.pointerId) onClick(event)
    },
  }
}

/** Keeps colours and sprites until the colour scheme changes. */
function usePaint() {
  const cache = useRef<{ scheme: string; colors: MapColors; sprites: Sprites }>(undefined)
  return (element: HTMLElement, scheme: string) => {
    if (cache.current?.scheme !== scheme) {
      cache.current = { scheme, colors: colorsOf(element), sprites: new Sprites() }
    }
    return { colors: cache.current.colors, sprites: cache.current.sprites }
  }
}

/** Reads the colours from custom properties of the element. */
function colorsOf(element: HTMLElement): MapColors {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(`--map-${name}`)
  return {
    free: color('free'),
    freeText: color('free-text'),
    held: color('held'),
    gone: color('gone'),
    chosen: color('chosen'),
    chosenText: color('chosen-text'),
    areaGone: color('area-gone'),
    areaLine: color('area-line'),
    stage: color('stage'),
    text: color('text'),
    soft: color('soft'),
    ground: color('ground'),
  }
}
