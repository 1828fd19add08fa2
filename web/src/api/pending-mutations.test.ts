import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  clearPendingMutation,
  idempotencyKeyFor,
  pendingVariables,
  savePendingMutation,
} from './pending-mutations'

const MINUTE_MS = 60_000
const REQUEST = { seats: ['A-1-1'] }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  sessionStorage.clear()
})

function send(request: object, person = 'ana'): string {
  const key = idempotencyKeyFor('place:c', request, person)
  savePendingMutation('place:c', request, key, person)
  return key
}

test('the same request has the same key until it is answered', () => {
  const key = send(REQUEST)
  expect(send({ seats: ['A-1-1'] })).toBe(key)
  clearPendingMutation('place:c', key)
  expect(send(REQUEST)).not.toBe(key)
})

test('another request, or an equal one of another user, has another key', () => {
  const key = send(REQUEST)
  expect(idempotencyKeyFor('place:c', REQUEST, 'ben')).not.toBe(key)
  expect(idempotencyKeyFor('place:other', REQUEST, 'ana')).not.toBe(key)
  expect(send({ seats: ['A-1-2'] })).not.toBe(key)
})

test('a page that is opened again finds recent requests only', () => {
  send(REQUEST)
  expect(pendingVariables('place:c', 'ana')).toEqual(REQUEST)
  expect(pendingVariables('place:c', undefined)).toEqual(REQUEST)
  expect(pendingVariables('place:c', 'ben')).toBeUndefined()
  vi.advanceTimersByTime(3 * MINUTE_MS)
  expect(pendingVariables('place:c', 'ana')).toBeUndefined()
})

test('an equal request after a long time gets another key', () => {
  const key = send(REQUEST)
  vi.advanceTimersByTime(10 * MINUTE_MS)
  expect(idempotencyKeyFor('place:c', REQUEST, 'ana')).toBe(key)
  vi.advanceTimersByTime(10 * MINUTE_MS)
  expect(idempotencyKeyFor('place:c', REQUEST, 'ana')).not.toBe(key)
})

test('an old answer does not clear a newer request', () => {
  const old = send(REQUEST)
  const key = send({ seats: ['A-1-2'] })
  clearPendingMutation('place:c', old)
  expect(send({ seats: ['A-1-2'] })).toBe(key)
})

test('malformed stored data is ignored', () => {
  sessionStorage.setItem('boxoffice.unsettled.place:c', '{')
  expect(pendingVariables('place:c', 'ana')).toBeUndefined()
  expect(send(REQUEST)).toMatch(/^[0-9a-f]{32}$/)
})
