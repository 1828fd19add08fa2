import { vi } from 'vitest'

type Listener = (event: { data: string }) => void

/** A fake of `EventSource`; tests send the events. */
export class FakeEventSource {
  static opened: FakeEventSource[] = []
  readonly url: string
  isClosed = false
  private readonly listeners = new Map<string, Listener[]>()

  constructor(url: string) {
    this.url = url
    FakeEventSource.opened.push(this)
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener])
  }

  close(): void {
    this.isClosed = true
  }

  send(type: string, data: object = {}): void {
    for (const listener of this.listeners.get(type) ?? []) listener({ data: JSON.stringify(data) })
  }
}

/** Replaces `EventSource`, and returns the instances that are opened. */
export function fakeEventSources(): FakeEventSource[] {
  FakeEventSource.opened = []
  vi.stubGlobal('EventSource', FakeEventSource)
  return FakeEventSource.opened
}
