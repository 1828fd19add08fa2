import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import { at, problem, server } from '@/testing/server'

const USER = {
  id: '01980c2a-7b1e-7000-8000-000000000001',
  username: 'ana',
  email: 'ana@example.com',
  role: 'user',
  status: 'active',
  created_at: '2026-01-01T00:00:00Z',
}
let issued = 0
let refreshed = 0

const session = (expires_in: number) => {
  issued += 1
  return { access_token: `token-${issued}`, token_type: 'Bearer', expires_in, user: USER }
}

/** The module in its initial state. */
async function openPage() {
  vi.resetModules()
  const [sessions, client, problems] = [
    await import('./session'),
    await import('./client'),
    await import('./problem'),
  ]
  return { ...sessions, ...client, ...problems }
}

beforeEach(() => {
  issued = 0
  refreshed = 0
  server.use(
    http.post(at('/sessions'), () => HttpResponse.json(session(600))),
    http.post(at('/sessions/refresh'), () => {
      refreshed += 1
      return HttpResponse.json(session(600))
    }),
  )
})

/** A server that accepts the token `valid` and answers with the token that it got. */
function profile(valid: (token: string) => boolean) {
  return http.get(at('/users/me'), ({ request }) => {
    const token = request.headers.get('Authorization')?.replace('Bearer ', '') ?? ''
    return valid(token) ? HttpResponse.json({ ...USER, username: token }) : problem(401, 'invalid_token')
  })
}

test('no refresh is tried for a visitor', async () => {
  const page = await openPage()
  await page.resume()
  expect(page.currentSession()).toEqual({ status: 'anonymous', ended: false })
  expect(refreshed).toBe(0)
})

test('the session of an earlier visit is resumed', async () => {
  const before = await openPage()
  await before.logIn('ana', 'secret')
  const page = await openPage()
  expect(page.currentSession().status).toBe('unknown')
  await page.resume()
  expect(page.currentSession()).toMatchObject({ status: 'authenticated', user: { username: 'ana' } })
})

test('many requests with an old token renew it once and are answered', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  server.use(profile((token) => token === 'token-2'))
  const calls = Array.from({ length: 5 }, () => page.unwrap(page.api.GET('/users/me')))
  const answers = await Promise.all(calls)
  expect(answers.map(({ username }) => username)).toEqual(Array(5).fill('token-2'))
  expect(refreshed).toBe(1)
})

test('a token that is about to expire is renewed before use', async () => {
  server.use(http.post(at('/sessions'), () => HttpResponse.json(session(20))))
  const page = await openPage()
  await page.logIn('ana', 'secret')
  server.use(profile((token) => token === 'token-2'))
  expect((await page.unwrap(page.api.GET('/users/me'))).username).toBe('token-2')
})

test('a session that the server ended is reported', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  server.use(
    profile(() => false),
    http.post(at('/sessions/refresh'), () => problem(401, 'invalid_refresh_token')),
  )
  await expect(page.unwrap(page.api.GET('/users/me'))).rejects.toMatchObject({ code: 'invalid_token' })
  expect(page.currentSession()).toEqual({ status: 'anonymous', ended: true })
})

test('a broken connection does not end the session', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  server.use(
    profile(() => false),
    http.post(at('/sessions/refresh'), () => HttpResponse.error()),
  )
  await expect(page.unwrap(page.api.GET('/users/me'))).rejects.toBeInstanceOf(page.ConnectionError)
  expect(page.currentSession().status).toBe('authenticated')
})

test('logging out clears the session although the server is unreachable', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  server.use(http.delete(at('/sessions/current'), () => HttpResponse.error()))
  await expect(page.logOut()).rejects.toBeInstanceOf(page.ConnectionError)
  expect(page.currentSession()).toEqual({ status: 'anonymous', ended: false })
  expect(await page.accessToken()).toBeUndefined()
})

test('a refresh without an answer is repeated', async () => {
  const before = await openPage()
  await before.logIn('ana', 'secret')
  let lost = 2
  server.use(
    http.post(at('/sessions/refresh'), () => {
      lost -= 1
      return lost >= 0 ? HttpResponse.error() : HttpResponse.json(session(600))
    }),
  )
  const page = await openPage()
  await page.resume()
  expect(page.currentSession()).toMatchObject({ status: 'authenticated', user: { username: 'ana' } })
})

/** Simulates a log-in or log-out in another tab. */
function elsewhere(person: string | null): void {
  if (person === null) localStorage.removeItem('boxoffice.session')
  else localStorage.setItem('boxoffice.session', person)
  window.dispatchEvent(new StorageEvent('storage', { key: 'boxoffice.session', newValue: person }))
}

test('a log-out in another tab is followed', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  elsewhere(null)
  expect(page.currentSession()).toEqual({ status: 'anonymous', ended: false })
  expect(await page.accessToken()).toBeUndefined()
})

test('a log-in as another user in another tab is followed', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  const ben = { ...USER, id: '01980c2a-7b1e-7000-8000-000000000009', username: 'ben' }
  server.use(http.post(at('/sessions/refresh'), () => HttpResponse.json({ ...session(600), user: ben })))
  elsewhere(ben.id)
  expect(page.currentSession()).toEqual({ status: 'unknown' })
  await vi.waitFor(() => expect(page.currentSession()).toMatchObject({ user: { username: 'ben' } }))
})

test('a tab that missed a change of user sends nothing', async () => {
  const page = await openPage()
  await page.logIn('ana', 'secret')
  const ben = { ...USER, id: '01980c2a-7b1e-7000-8000-000000000009', username: 'ben' }
  const asked = vi.fn(() => HttpResponse.json(USER))
  server.use(
    http.post(at('/sessions/refresh'), () => HttpResponse.json({ ...session(600), user: ben })),
    http.get(at('/users/me'), asked),
  )
  localStorage.setItem('boxoffice.session', ben.id)
  await expect(page.unwrap(page.api.GET('/users/me'))).rejects.toBeInstanceOf(page.UserChangedError)
  expect(asked).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(page.currentSession()).toMatchObject({ user: { username: 'ben' } }))
})
