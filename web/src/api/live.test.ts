import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FakeEventSource, fakeEventSources } from '@/testing/event-source'
import { type LiveState, watchConcert } from './live'

const greeting = { from: 3, version: 3, sections: [], seats: [] }
let opened: FakeEventSource[]
let leave: () => void = () => undefined

beforeEach(() => {
  vi.useFakeTimers()
  opened = fakeEventSources()
})
afterEach(() => {
  leave()
  vi.useRealTimers()
})

function watch() {
  const [states, heard]: [LiveState[], string[]] = [[], []]
  leave = watchConcert('c', {
    state: (state) => states.push(state),
    delta: ({ version }) => heard.push(`delta ${version}`),
    resync: () => heard.push('resync'),
  })
  return { states, heard }
}

test('two listeners share a stream, which closes with the last of them', () => {
  const first = watch()
  const leaveFirst = leave
  opened[0]?.send('delta', greeting)
  const second = watch()
  expect(opened).toHaveLength(1)
  expect(first.heard).toEqual(['delta 3'])
  // The second listener missed the first message.
  expect(second.heard).toEqual(['resync'])
  leaveFirst()
  expect(opened[0]?.isClosed).toBe(false)
  leave()
  expect(opened[0]?.isClosed).toBe(true)
})

test('a broken stream reconnects, and only long interruptions are reported', () => {
  const { states } = watch()
  opened[0]?.send('delta', greeting)
  opened[0]?.send('error')
  vi.advanceTimersByTime(600)
  expect(opened).toHaveLength(2)
  opened[1]?.send('delta', greeting)
  expect(states).toEqual(['connecting', 'live'])

  opened[1]?.send('error')
  vi.advanceTimersByTime(600)
  opened[2]?.send('error')
  vi.advanceTimersByTime(2_000)
  expect(states.at(-1)).toBe('lost')
  opened.at(-1)?.send('delta', greeting)
  expect(states.at(-1)).toBe('live')
})

test('reconnects become rarer while the server is down', () => {
  watch()
  for (let second = 0; second < 60; second += 1) {
    const last = opened.at(-1)
    if (!last?.isClosed) last?.send('error')
    vi.advanceTimersByTime(1_000)
  }
  expect(opened.length).toBeGreaterThan(4)
  expect(opened.length).toBeLessThan(15)
})

test('a hidden tab closes its connection', () => {
  const { states } = watch()
  opened[0]?.send('delta', greeting)
  const hidden = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  expect(opened[0]?.isClosed).toBe(true)
  vi.advanceTimersByTime(60_000)
  expect(opened).toHaveLength(1)
  hidden.mockReturnValue('visible')
  document.dispatchEvent(new Event('visibilitychange'))
  expect(opened).toHaveLength(2)
  expect(states).not.toContain('lost')
})
