import { useEffect, useLayoutEffect } from 'react'
import { type Location, useLocation, useNavigationType } from 'react-router'

const REMEMBERED = 'boxoffice.places'
/** Places that are remembered, the oldest forgotten first. */
const PLACES_MAX = 50
/** Who has stopped scrolling for this long is somewhere. */
const REST_MS = 120
/** A page that has not grown to the old place by then has become shorter. */
const PATIENCE_MS = 5_000
/** Signs that people move by themselves. */
const MOVES = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const

type Places = [place: string, top: number][]

function remembered(): Places {
  try {
    return JSON.parse(sessionStorage.getItem(REMEMBERED) ?? '[]')
  } catch {
    return []
  }
}

function remember(place: string): void {
  const others = remembered().filter(([known]) => known !== place)
  const places: Places = [...others, [place, Math.round(window.scrollY)]]
  sessionStorage.setItem(REMEMBERED, JSON.stringify(places.slice(-PLACES_MAX)))
}

/** Scrolls as soon as the page is long enough, which it becomes with what it shows; it stops when people scroll themselves. */
function returnTo(top: number): () => void {
  const isLongEnough = () => document.documentElement.scrollHeight >= top + window.innerHeight
  const grown = new ResizeObserver(() => {
    if (isLongEnough()) arrive()
  })
  const late = setTimeout(() => arrive(), PATIENCE_MS)
  const stop = () => {
    grown.disconnect()
    clearTimeout(late)
    for (const move of MOVES) window.removeEventListener(move, stop)
  }
  const arrive = () => {
    stop()
    window.scrollTo(0, top)
  }
  for (const move of MOVES) window.addEventListener(move, stop, { passive: true })
  grown.observe(document.body)
  return stop
}

/** Whether the page was opened by a reload or on the way back from another site. */
function isReturn(): boolean {
  const [opened] = performance.getEntriesByType('navigation')
  return opened !== undefined && 'type' in opened && opened.type !== 'navigate'
}

let isOpening = true

/** The next page of a list is a page of its own; a filter, or a section of the house, is seen within one. */
export function pageOf({ pathname, search }: Location): string {
  return `${pathname} ${new URLSearchParams(search).get('cursor') ?? ''}`
}

/** New pages begin at their top; after a reload and on the way back, people are where they were. */
export function usePlace(): void {
  const location = useLocation()
  const navigation = useNavigationType()
  const page = pageOf(location)
  const place = `${location.key} ${page}`

  useEffect(() => {
    // Browsers would do it before a page has fetched what it shows.
    history.scrollRestoration = 'manual'
  }, [])
  useEffect(() => {
    let rest: ReturnType<typeof setTimeout>
    const leave = () => remember(place)
    const scroll = () => {
      clearTimeout(rest)
      rest = setTimeout(leave, REST_MS)
    }
    window.addEventListener('pagehide', leave)
    window.addEventListener('scroll', scroll, { passive: true })
    return () => {
      clearTimeout(rest)
      window.removeEventListener('pagehide', leave)
      window.removeEventListener('scroll', scroll)
    }
  }, [place])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page has a place of its own.
  useLayoutEffect(() => {
    const wasOpening = isOpening
    isOpening = false
    const isBack = navigation === 'POP' && (!wasOpening || isReturn())
    const top = isBack ? remembered().find(([known]) => known === place)?.[1] : undefined
    if (top !== undefined) return returnTo(top)
    window.scrollTo(0, 0)
    return undefined
  }, [page])
}
