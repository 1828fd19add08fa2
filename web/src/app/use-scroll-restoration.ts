import { useEffect, useLayoutEffect } from 'react'
import { type Location, useLocation, useNavigationType } from 'react-router'

const STORAGE_KEY = 'boxoffice.places'
/** The number of pages whose position is kept; the oldest are dropped first. */
const POSITIONS_MAX = 50
/** Scrolling has ended when it pauses for this long. */
const SCROLL_END_MS = 120
/** A page that is still too short after this time is restored as far as possible. */
const RESTORE_TIMEOUT_MS = 5_000
/** Input that means that the user scrolls. */
const USER_INPUT_EVENTS = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const

type ScrollPositions = [page: string, top: number][]

function savedPositions(): ScrollPositions {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]')
  } catch {
    return []
  }
}

function savePosition(key: string): void {
  const others = savedPositions().filter(([saved]) => saved !== key)
  const positions: ScrollPositions = [...others, [key, Math.round(window.scrollY)]]
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(positions.slice(-POSITIONS_MAX)))
}

/** Scrolls once the page has loaded enough content to reach the position, unless the user scrolls first. */
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

function isReloadOrBack(): boolean {
  const [opened] = performance.getEntriesByType('navigation')
  return opened !== undefined && 'type' in opened && opened.type !== 'navigate'
}

let isFirstPage = true

/** The next page of a list counts as a new page; a filter or a section of the map does not. */
export function pageKey({ pathname, search }: Location): string {
  return `${pathname} ${new URLSearchParams(search).get('cursor') ?? ''}`
}

/** New pages begin at the top; a reload and the back button restore the scroll position. */
export function useScrollRestoration(): void {
  const location = useLocation()
  const navigation = useNavigationType()
  const page = pageKey(location)
  const key = `${location.key} ${page}`

  useEffect(() => {
    // Browsers restore before the page has loaded its data.
    history.scrollRestoration = 'manual'
  }, [])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const save = () => savePosition(key)
    const scroll = () => {
      clearTimeout(timer)
      timer = setTimeout(save, SCROLL_END_MS)
    }
    window.addEventListener('pagehide', save)
    window.addEventListener('scroll', scroll, { passive: true })
    return () => {
      clearTimeout(timer)
      window.removeEventListener('pagehide', save)
      window.removeEventListener('scroll', scroll)
    }
  }, [key])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page has its own position.
  useLayoutEffect(() => {
    const wasFirstPage = isFirstPage
    isFirstPage = false
    const isBack = navigation === 'POP' && (!wasFirstPage || isReloadOrBack())
    const top = isBack ? savedPositions().find(([saved]) => saved === key)?.[1] : undefined
    if (top !== undefined) return restoreScroll(top)
    window.scrollTo(0, 0)
    return undefined
  }, [page])
}
