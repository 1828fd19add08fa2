import { openSharedConnection } from './shared-live-connection'

/** What changed of a concert: version `from`, or a later one, becomes `version` when it is applied. */
export type Delta = {
  from: number
  version: number
  sections: { code: string; available: number }[]
  seats: [label: string, letter: string][]
}

/** `lost` once the connection has been away for long enough to matter. */
export type LiveState = 'connecting' | 'live' | 'lost'

export type LiveMessage =
  | { type: 'delta'; delta: Delta }
  | { type: 'resync' }
  | { type: 'state'; state: LiveState }

export type ConcertListener = {
  delta?: (delta: Delta) => void
  /** What happened cannot be told; read it again. */
  resync?: () => void
  state?: (state: LiveState) => void
}

/** What happens to one concert, for all who watch it in this tab. */
class ConcertChannel {
  readonly listeners = new Set<ConcertListener>()
  state: LiveState = 'connecting'
  private readonly concertId: string
  private disconnect: (() => void) | undefined

  constructor(concertId: string) {
    this.concertId = concertId
    document.addEventListener('visibilitychange', this.updateConnection)
    this.updateConnection()
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.updateConnection)
    this.disconnect?.()
  }

  /** A hidden tab leaves the stream to visible ones. */
  private readonly updateConnection = (): void => {
    this.disconnect?.()
    this.disconnect =
      document.visibilityState === 'visible'
        ? openSharedConnection(this.concertId, (message) => this.notify(message))
        : undefined
  }

  private notify(message: LiveMessage): void {
    if (message.type === 'state') {
      if (this.state === message.state) return
      this.state = message.state
    }
    for (const watcher of this.listeners) {
      if (message.type === 'delta') watcher.delta?.(message.delta)
      else if (message.type === 'resync') watcher.resync?.()
      else watcher.state?.(message.state)
    }
  }
}

const channels = new Map<string, ConcertChannel>()

/** Watches a concert until the returned function is called. The first delta says which version is the newest. */
export function watchConcert(concertId: string, watcher: ConcertListener): () => void {
  const channel = channels.get(concertId) ?? new ConcertChannel(concertId)
  channels.set(concertId, channel)
  channel.listeners.add(watcher)
  watcher.state?.(channel.state)
  // Who joins a stream that is under way has missed its greeting.
  if (channel.state === 'live') watcher.resync?.()
  return () => {
    channel.listeners.delete(watcher)
    if (channel.listeners.size === 0) {
      channel.close()
      channels.delete(concertId)
    }
  }
}
