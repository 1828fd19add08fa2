import { act, renderHook } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aUser } from '@/testing/samples'
import { at, server } from '@/testing/server'
import { ConnectionError, ProblemError } from './problem'
import { logIn, logOut } from './session'
import { useIdempotentMutation } from './use-idempotent-mutation'

type Send = (variables: string, key: string) => Promise<string>

const lost = () => Promise.reject(new ConnectionError('no answer'))
const refused = () =>
  Promise.reject(
    new ProblemError({ type: 'urn:x', title: 'x', status: 409, code: 'seats_unavailable', errors: [] }),
  )

/** Renders the hook; `get` returns its current result. */
function open(
  send: Send,
  more: { onSuccess?: () => void; onError?: () => void; resumeAfterReload?: boolean } = {},
) {
  const { result, unmount } = renderHook(() =>
    useIdempotentMutation<string, string>({ scope: 'test', send, ...more }),
  )
  return { get: () => result.current, leave: unmount }
}

const wait = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds))

beforeEach(async () => {
  const session = { access_token: 't', token_type: 'Bearer', expires_in: 600, user: aUser() }
  server.use(
    http.post(at('/sessions'), () => HttpResponse.json(session)),
    http.delete(at('/sessions/current'), () => new HttpResponse(null, { status: 204 })),
  )
  await logIn('ana', 'secret')
  vi.useFakeTimers()
})
afterEach(async () => {
  vi.useRealTimers()
  sessionStorage.clear()
  await logOut()
})

test('a second click sends nothing', async () => {
  const send = vi.fn<Send>(() => new Promise(() => undefined))
  const page = open(send)
  act(() => {
    page.get().mutate('two seats')
    page.get().mutate('two seats')
  })
  await wait(0)
  expect(send).toHaveBeenCalledOnce()
})

test('a request without an answer is retried under the same key and stays unresolved until then', async () => {
  const onSuccess = vi.fn()
  const send = vi
    .fn<Send>()
    .mockImplementationOnce(lost)
    .mockImplementationOnce(lost)
    .mockResolvedValue('done')
  const page = open(send, { onSuccess })
  act(() => page.get().mutate('two seats'))
  await wait(10)
  expect(page.get()).toMatchObject({ isPending: true, isOutcomeUnknown: true, isUnresolved: true })
  expect(onSuccess).not.toHaveBeenCalled()
  await wait(10_000)
  expect(page.get()).toMatchObject({
    isPending: false,
    isOutcomeUnknown: false,
    isUnresolved: false,
    error: undefined,
  })
  expect(onSuccess).toHaveBeenCalledExactlyOnceWith('done', 'two seats', true)
  expect(new Set(send.mock.calls.map(([, key]) => key)).size).toBe(1)
})

test('a refused request can be repeated under another key', async () => {
  const onError = vi.fn()
  const send = vi.fn<Send>().mockImplementationOnce(refused).mockResolvedValue('done')
  const page = open(send, { onError })
  act(() => page.get().mutate('two seats'))
  await wait(10)
  expect(onError).toHaveBeenCalledOnce()
  expect(page.get()).toMatchObject({ isPending: false, isOutcomeUnknown: false, isUnresolved: false })
  act(() => page.get().mutate('two seats'))
  await wait(10)
  const [first, second] = send.mock.calls.map(([, key]) => key)
  expect(second).not.toBe(first)
})

test('a page that is opened again resumes its request only with resumeAfterReload', async () => {
  const send = vi.fn<Send>(lost)
  const before = open(send)
  act(() => before.get().mutate('two seats'))
  await wait(10)
  before.leave()
  await wait(60_000)
  expect(send).toHaveBeenCalledOnce()

  const idle = open(vi.fn<Send>(lost))
  expect(idle.get()).toMatchObject({ isPending: false, isUnresolved: true })
  idle.leave()
  const again = vi.fn<Send>(() => Promise.resolve('done'))
  const after = open(again, { resumeAfterReload: true })
  await wait(10)
  expect(again).toHaveBeenCalledOnce()
  expect(again.mock.calls[0]?.slice(0, 2)).toEqual(send.mock.calls[0]?.slice(0, 2))
  expect(after.get().isUnresolved).toBe(false)
})

test('no retry is sent after a log-out', async () => {
  const send = vi.fn<Send>(lost)
  const page = open(send)
  act(() => page.get().mutate('two seats'))
  await wait(10)
  vi.useRealTimers()
  await act(() => logOut())
  vi.useFakeTimers()
  await wait(60_000)
  expect(send).toHaveBeenCalledOnce()
  expect(page.get()).toMatchObject({ isPending: false, isUnresolved: false })
})
