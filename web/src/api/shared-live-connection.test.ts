import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FakeEventSource, fakeEventSources } from '@/testing/event-source'
import type { LiveMessage } from './live'
import { openSharedConnection } from './shared-live-connection'

type Waiting = { name: string; start: () => void }

/** A fake of `navigator.locks` that grants in the order of the requests. */
class FakeLocks {
  private readonly taken = new Set<string>()
  private waiting: Waiting[] = []

  request(name: string, { signal }: { signal: AbortSignal }, act: () => Promise<void>): Promise<void> {
    return new Promise((done, failed) => {
      const start = () => {
        this.taken.add(name)
        act()
          .then(done, failed)
          .finally(() => {
            this.taken.delete(name)
            this.next()
          })
      }
      const entry = { name, start }
      signal.addEventListener('abort', () => {
        if (!this.waiting.includes(entry)) return
        this.waiting = this.waiting.filter((item) => item !== entry)
        failed(signal.reason)
      })
      this.waiting.push(entry)
      this.next()
    })
  }

  private next(): void {
    const free = this.waiting.find(({ name }) => !this.taken.has(name))
    if (!free) return
    this.waiting = this.waiting.filter((item) => item !== free)
    free.start()
    this.next()
  }
}

const GREETING = { from: 3, version: 3, sections: [], seats: [] }
let opened: FakeEventSource[]
let leaving: (() => void)[] = []

beforeEach(() => {
  opened = fakeEventSources()
  Object.defineProperty(navigator, 'locks', { value: new FakeLocks(), configurable: true })
})
afterEach(() => {
  for (const leave of leaving) leave()
  leaving = []
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
})

/** A tab that subscribes to a concert, and the messages that it got. */
function tab(concert: string) {
  const received: LiveMessage['type'][] = []
  const leave = openSharedConnection(concert, ({ type }) => received.push(type))
  leaving.push(leave)
  return { received, leave }
}

const open = () => opened.filter(({ isClosed }) => !isClosed)

test('tabs of a concert share a stream, and another tab takes over when the first closes', async () => {
  const [first, second] = [tab('c'), tab('c')]
  await vi.waitFor(() => expect(open()).toHaveLength(1))
  open()[0]?.send('delta', GREETING)
  await vi.waitFor(() => expect(second.received).toContain('delta'))
  expect(first.received).toEqual(['state', 'delta'])
  first.leave()
  await vi.waitFor(() => expect(opened).toHaveLength(2))
  expect(open()).toHaveLength(1)
  open()[0]?.send('delta', GREETING)
  await vi.waitFor(() => expect(second.received.filter((type) => type === 'delta')).toHaveLength(2))
})

test('a new tab gets the state of the stream and a resync', async () => {
  tab('c')
  await vi.waitFor(() => expect(open()).toHaveLength(1))
  open()[0]?.send('delta', GREETING)
  const late = tab('c')
  await vi.waitFor(() => expect(late.received).toEqual(['state', 'resync']))
})

test('three concerts have streams, the others are polled until a slot is free', async () => {
  vi.useFakeTimers()
  const tabs = ['a', 'b', 'c', 'd', 'e'].map(tab)
  await vi.advanceTimersByTimeAsync(0)
  expect(open()).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(tabs.map(({ received }) => received)).toEqual([[], [], [], ['resync'], ['resync']])
  tabs[0]?.leave()
  await vi.advanceTimersByTimeAsync(0)
  expect(open().map(({ url }) => url.split('/')[4])).toEqual(['b', 'c', 'd'])
  vi.useRealTimers()
})
