import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keyOf, remember, settled, unsettledWish } from './unsettled'

const MINUTE_MS = 60_000
const WISH = { seats: ['A-1-1'] }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  sessionStorage.clear()
})

function send(wish: object, person = 'ana'): string {
  const key = keyOf('place:c', wish, person)
  remember('place:c', wish, key, person)
  return key
}

test('the same wish has the same key until it is answered', () => {
  const key = send(WISH)
  expect(send({ seats: ['A-1-1'] })).toBe(key)
  settled('place:c', key)
  expect(send(WISH)).not.toBe(key)
})

test('another wish, and the same one of another person, have keys of their own', () => {
  const key = send(WISH)
  expect(keyOf('place:c', WISH, 'ben')).not.toBe(key)
  expect(keyOf('place:other', WISH, 'ana')).not.toBe(key)
  expect(send({ seats: ['A-1-2'] })).not.toBe(key)
})

test('a page that is opened again finds what was sent just before, and nothing old', () => {
  send(WISH)
  expect(unsettledWish('place:c', 'ana')).toEqual(WISH)
  expect(unsettledWish('place:c', undefined)).toEqual(WISH)
  expect(unsettledWish('place:c', 'ben')).toBeUndefined()
  vi.advanceTimersByTime(3 * MINUTE_MS)
  expect(unsettledWish('place:c', 'ana')).toBeUndefined()
})

test('what was left for long is another wish', () => {
  const key = send(WISH)
  vi.advanceTimersByTime(10 * MINUTE_MS)
  expect(keyOf('place:c', WISH, 'ana')).toBe(key)
  vi.advanceTimersByTime(10 * MINUTE_MS)
  expect(keyOf('place:c', WISH, 'ana')).not.toBe(key)
})

test('an old answer does not settle a newer wish', () => {
  const old = send(WISH)
  const key = send({ seats: ['A-1-2'] })
  settled('place:c', old)
  expect(send({ seats: ['A-1-2'] })).toBe(key)
})

test('what another program left in the storage is not read', () => {
  sessionStorage.setItem('boxoffice.unsettled.place:c', '{')
  expect(unsettledWish('place:c', 'ana')).toBeUndefined()
  expect(send(WISH)).toMatch(/^[0-9a-f]{32}$/)
})
