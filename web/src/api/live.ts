/** What changed of a concert: whoever has version `from` or a later one has `version` after applying it. */
export type Delta = {
  from: number
  version: number
  sections: { code: string; available: number }[]
  seats: [label: string, letter: string][]
}

/** `lost` once the connection has been away for long enough to matter. */
export type LiveState = 'connecting' | 'live' | 'lost'

export type Watcher = {
  delta?: (delta: Delta) => void
  /** What happened cannot be told; read anew. */
  resync?: () => void
  state?: (state: LiveState) => void
}

/** The first pause before another attempt; each further one is twice as long. */
const PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** People need not know of a connection that comes back within this time. */
const PATIENCE_MS = 2_500

/** The stream of one concert, shared by all who watch it in this tab. */
class Channel {
  readonly watchers = new Set<Watcher>()
  state: LiveState = 'connecting'
  private readonly url: string
  private source: EventSource | undefined
  private retry: ReturnType<typeof setTimeout> | undefined
  private patience: ReturnType<typeof setTimeout> | undefined
  private pause = PAUSE_MS

  constructor(concertId: string) {
    this.url = `/api/v1/concerts/${concertId}/events`
    window.addEventListener('online', this.reopen)
    window.addEventListener('offline', this.interrupted)
    document.addEventListener('visibilitychange', this.shown)
    this.open()
  }

  close(): void {
    window.removeEventListener('online', this.reopen)
    window.removeEventListener('offline', this.interrupted)
    document.removeEventListener('visibilitychange', this.shown)
    clearTimeout(this.retry)
    clearTimeout(this.patience)
    this.source?.close()
  }

  private open(): void {
    const source = new EventSource(this.url)
    this.source = source
    source.addEventListener('delta', (event) => {
      this.isLive()
      const delta: Delta = JSON.parse(event.data)
      for (const watcher of this.watchers) watcher.delta?.(delta)
    })
    source.addEventListener('resync', () => {
      this.isLive()
      for (const watcher of this.watchers) watcher.resync?.()
    })
    source.addEventListener('error', this.interrupted)
  }

  /** A tab that nobody sees gives its connection back: a browser has six for a server, and people have many tabs. */
  private readonly shown = (): void => {
    if (document.visibilityState === 'visible') {
      this.reopen()
      return
    }
    clearTimeout(this.retry)
    clearTimeout(this.patience)
    this.patience = undefined
    this.source?.close()
  }

  private readonly reopen = (): void => {
    clearTimeout(this.retry)
    this.source?.close()
    this.open()
  }

  private readonly interrupted = (): void => {
    // The browser would try again by itself after some errors and give up after others; this is the same for all.
    this.source?.close()
    this.patience ??= setTimeout(() => this.become('lost'), PATIENCE_MS)
    clearTimeout(this.retry)
    this.retry = setTimeout(this.reopen, this.pause)
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS)
  }

  private isLive(): void {
    clearTimeout(this.patience)
    this.patience = undefined
    this.pause = PAUSE_MS
    this.become('live')
  }

  private become(state: LiveState): void {
    if (this.state === state) return
    this.state = state
    for (const watcher of this.watchers) watcher.state?.(state)
  }
}

const channels = new Map<string, Channel>()

/** Watches a concert until the returned function is called. The first delta says which version is the newest. */
export function watchConcert(concertId: string, watcher: Watcher): () => void {
  const channel = channels.get(concertId) ?? new Channel(concertId)
  channels.set(concertId, channel)
  channel.watchers.add(watcher)
  watcher.state?.(channel.state)
  // Who joins a stream that is under way has missed its greeting.
  if (channel.state === 'live') watcher.resync?.()
  return () => {
    channel.watchers.delete(watcher)
    if (channel.watchers.size === 0) {
      channel.close()
      channels.delete(concertId)
    }
  }
}
