import { useEffect, useLayoutEffect } from 'react'
import { type Location, useLocation, useNavigationType } from 'react-router'

const STORAGE_KEY = 'boxoffice.places'
/** Places that are remembered, the oldest forgotten first. */
const POSITIONS_MAX = 50
/** Who has stopped scrolling for this long is somewhere. */
const SCROLL_END_MS = 120
/** A page that has not grown to the old place by then has become shorter. */
const RESTORE_TIMEOUT_MS = 5_000
/** Signs that people move by themselves. */
const USER_INPUT_EVENTS = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const

type ScrollPositions = [place: string, top: number][]

function savedPositions(): ScrollPositions {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]')
  } catch {
    return []
  }
}

function savePosition(place: string): void {
  const others = savedPositions().filter(([known]) => known !== place)
  const places: ScrollPositions = [...others, [place, Math.round(window.scrollY)]]
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(places.slice(-POSITIONS_MAX)))
}

/** Scrolls as soon as the page is long enough, which it becomes with what it shows; it stops when people scroll themselves. */
function restoreScroll(top: number): () => void {
  const isLongEnough = () => document.documentElement.scrollHeight >= top + window.innerHeight
  const grown = new ResizeObserver(() => {
    if (isLongEnough()) arrive()
  })
  const late = setTimeout(() => arrive(), RESTORE_TIMEOUT_MS)
  const stop = () => {
    grown.disconnect()
    clearTimeout(late)
    for (const move of USER_INPUT_EVENTS) window.removeEventListener(move, stop)
  }
  const arrive = () => {
    stop()
    window.scrollTo(0, top)
  }
  for (const move of USER_INPUT_EVENTS) window.addEventListener(move, stop, { passive: true })
  grown.observe(document.body)
  return stop
}

/** Whether the page was opened by a reload or on the way back from another site. */
function isReloadOrBack(): boolean {
  const [opened] = performance.getEntriesByType('navigation')
  return opened !== undefined && 'type' in opened && opened.type !== 'navigate'
}

let isFirstPage = true

/** The next page of a list is a page of its own; a filter, or a section of the house, is seen within one. */
export function pageKey({ pathname, search }: Location): string {
  return `${pathname} ${new URLSearchParams(search).get('cursor') ?? ''}`
}

/** New pages begin at their top; after a reload and on the way back, people are where they were. */
export function useScrollRestoration(): void {
  const location = useLocation()
  const navigation = useNavigationType()
  const page = pageKey(location)
  const place = `${location.key} ${page}`

  useEffect(() => {
    // Browsers would do it before a page has fetched what it shows.
    history.scrollRestoration = 'manual'
  }, [])
  useEffect(() => {
    let rest: ReturnType<typeof setTimeout>
    const leave = () => savePosition(place)
    const scroll = () => {
      clearTimeout(rest)
      rest = setTimeout(leave, SCROLL_END_MS)
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
    const wasOpening = isFirstPage
    isFirstPage = false
    const isBack = navigation === 'POP' && (!wasOpening || isReloadOrBack())
    const top = isBack ? savedPositions().find(([known]) => known === place)?.[1] : undefined
    if (top !== undefined) return restoreScroll(top)
    window.scrollTo(0, 0)
    return undefined
  }, [page])
}
