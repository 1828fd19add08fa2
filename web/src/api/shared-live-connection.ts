import type { LiveMessage } from './live'
import { LiveConnection } from './live-connection'

/** A browser has six connections to a server over HTTP/1.1, for all its tabs together; streams leave some for the rest. */
const STREAMS_MAX = 3
/** A concert that has no stream, because others have them all, is read again this often. */
const POLL_MS = 10_000

const NAME = 'boxoffice.live.'
/** A tab that has come later asks how the stream is. */
type StateRequest = { type: 'hello' }

/** Browsers have locks on HTTPS and on localhost only. */
function canShare(): boolean {
  const locks: LockManager | null | undefined = navigator.locks
  return Boolean(locks) && typeof BroadcastChannel !== 'undefined'
}

/**
 * Tells what happens to a concert, by one stream for all tabs of the browser that watch it: one of them has it and tells
 * the others, and when that tab goes the next one opens it. Without locks each tab has a stream of its own.
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
      // The newcomer has missed the stream's greeting, which says how things stand.
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

/** Does something while it has a lock, if that is granted before the signal. */
async function withLock(name: string, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  try {
    await navigator.locks.request(name, { signal }, act)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Does something while it has one of the places for streams, whichever is free first. */
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
