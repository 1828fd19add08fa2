import type { LiveMessage } from './live'
import { LiveConnection } from './live-connection'

/** Browsers open six HTTP/1.1 connections to a server, for all tabs together; the rest stay free for requests. */
const STREAMS_MAX = 3
/** How often a concert without a stream of its own is read again. */
const POLL_MS = 10_000

const NAME = 'boxoffice.live.'
/** A newly opened tab asks for the state of the stream. */
type StateRequest = { type: 'hello' }

/** `navigator.locks` exists on HTTPS and on localhost only. */
function canShare(): boolean {
  const locks: LockManager | null | undefined = navigator.locks
  return Boolean(locks) && typeof BroadcastChannel !== 'undefined'
}

/**
 * Opens one event stream for all tabs of the browser that show the concert. The tab with the lock holds the stream
 * and broadcasts its messages; when that tab closes, the next one takes over. Without locks each tab opens its own.
 */
export function openSharedConnection(concertId: string, tell: (message: LiveMessage) => void): () => void {
  if (!canShare()) {
    const connection = new LiveConnection(concertId, tell)
    return () => connection.close()
  }
  const tabs = new BroadcastChannel(NAME + concertId)
  const left = new AbortController()
  let connection: LiveConnection | undefined
  const tellAll = (message: LiveMessage) => {
    tell(message)
    tabs.postMessage(message)
  }
  tabs.onmessage = ({ data }: MessageEvent<LiveMessage | StateRequest>) => {
    if (data.type !== 'hello') return tell(data)
    if (connection && connection.state !== 'connecting') {
      tabs.postMessage({ type: 'state', state: connection.state })
      // The new tab missed the stream's first message, which gives the current version.
      tabs.postMessage({ type: 'resync' })
    }
  }
  tabs.postMessage({ type: 'hello' })

  void withLock(NAME + concertId, left.signal, async () => {
    const poll = setInterval(() => tellAll({ type: 'resync' }), POLL_MS)
    await withStreamSlot(left.signal, async () => {
      clearInterval(poll)
      connection = new LiveConnection(concertId, tellAll)
      await aborted(left.signal)
      connection.close()
    })
    clearInterval(poll)
  })
  return () => {
    left.abort()
    tabs.close()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })
}

/** Runs `act` while it holds the lock, unless the signal aborts first. */
async function withLock(name: string, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  try {
    await navigator.locks.request(name, { signal }, act)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Runs `act` while it holds the first free stream slot. */
async function withStreamSlot(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  const got = new AbortController()
  const stop = () => got.abort()
  signal.addEventListener('abort', stop, { once: true })
  let hasPlace = false
  const places = Array.from({ length: STREAMS_MAX }, (_, place) =>
    withLock(`${NAME}stream.${place}`, got.signal, async () => {
      if (hasPlace || signal.aborted) return
      hasPlace = true
      got.abort()
      await act()
    }),
  )
  await Promise.all(places)
  signal.removeEventListener('abort', stop)
}
