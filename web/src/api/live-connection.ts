import type { LiveMessage, LiveState } from './live'

/** The delay before the first reconnect; it doubles with each further one. */
const RECONNECT_MS = 500
const RECONNECT_MAX_MS = 15_000
/** Interruptions that are shorter than this are not shown. */
const INTERRUPTION_GRACE_MS = 2_500

/** The event stream of one concert, which reconnects until it is closed. */
export class LiveConnection {
  state: LiveState = 'connecting'
  private readonly url: string
  private readonly onMessage: (message: LiveMessage) => void
  private source: EventSource | undefined
  private retry: ReturnType<typeof setTimeout> | undefined
  private patience: ReturnType<typeof setTimeout> | undefined
  private pause = RECONNECT_MS

  constructor(concertId: string, tell: (message: LiveMessage) => void) {
    this.url = `/api/v1/concerts/${concertId}/events`
    this.onMessage = tell
    window.addEventListener('online', this.reopen)
    window.addEventListener('offline', this.interrupted)
    this.open()
  }

  close(): void {
    window.removeEventListener('online', this.reopen)
    window.removeEventListener('offline', this.interrupted)
    clearTimeout(this.retry)
    clearTimeout(this.patience)
    this.source?.close()
  }

  private open(): void {
    const source = new EventSource(this.url)
    this.source = source
    source.addEventListener('delta', (event) => {
      this.isLive()
      this.onMessage({ type: 'delta', delta: JSON.parse(event.data) })
    })
    source.addEventListener('resync', () => {
      this.isLive()
      this.onMessage({ type: 'resync' })
    })
    source.addEventListener('error', this.interrupted)
  }

  private readonly reopen = (): void => {
    clearTimeout(this.retry)
    this.source?.close()
    this.open()
  }

  private readonly interrupted = (): void => {
    // Browsers reconnect after some errors only, so all reconnects are done here.
    this.source?.close()
    this.patience ??= setTimeout(() => this.setState('lost'), INTERRUPTION_GRACE_MS)
    clearTimeout(this.retry)
    this.retry = setTimeout(this.reopen, this.pause)
    this.pause = Math.min(this.pause * 2, RECONNECT_MAX_MS)
  }

  private isLive(): void {
    clearTimeout(this.patience)
    this.patience = undefined
    this.pause = RECONNECT_MS
    this.setState('live')
  }

  private setState(state: LiveState): void {
    if (this.state === state) return
    this.state = state
    this.onMessage({ type: 'state', state })
  }
}
