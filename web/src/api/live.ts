import { openSharedConnection } from './shared-live-connection'

/** A change of a concert. It applies to the versions from `from` on and leads to `version`. */
export type Delta = {
  from: number
  version: number
  sections: { code: string; available: number }[]
  seats: [label: string, letter: string][]
}

/** `lost` once the connection has been down for longer than a short interruption. */
export type LiveState = 'connecting' | 'live' | 'lost'

export type LiveMessage =
  | { type: 'delta'; delta: Delta }
  | { type: 'resync' }
  | { type: 'state'; state: LiveState }

export type ConcertListener = {
  delta?: (delta: Delta) => void
  /** Deltas were missed: fetch the data again. */
  resync?: () => void
  state?: (state: LiveState) => void
}

/** The events of one concert, for all components of this tab. */
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

  /** A hidden tab closes its stream. */
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

/** Subscribes until the returned function is called. The first delta gives the current version. */
export function watchConcert(concertId: string, watcher: ConcertListener): () => void {
  const channel = channels.get(concertId) ?? new ConcertChannel(concertId)
  channels.set(concertId, channel)
  channel.listeners.add(watcher)
  watcher.state?.(channel.state)
  // A component that joins an open stream missed its first message.
  if (channel.state === 'live') watcher.resync?.()
  return () => {
    channel.listeners.delete(watcher)
    if (channel.listeners.size === 0) {
      channel.close()
      channels.delete(concertId)
    }
  }
}
