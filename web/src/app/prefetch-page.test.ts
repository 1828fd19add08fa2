import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { newQueryClient } from '@/api/query-client'
import { at, problem, server } from '@/testing/server'
import { prefetchPage } from './prefetch-page'

let asked: string[] = []

beforeEach(() => {
  asked = []
  const answer = ({ request }: { request: Request }) => {
    const { pathname, search } = new URL(request.url)
    asked.push(pathname + search)
    return HttpResponse.json({ items: [], next_cursor: null })
  }
  server.use(http.get(at('/concerts'), answer), http.get(at('/concerts/:id'), answer))
})

test.each([
  ['/', '/api/v1/concerts?limit=24&sort=starts_at'],
  ['/?q=fox&sort=name', '/api/v1/concerts?limit=24&sort=name&search=fox'],
  ['/concerts/c-1', '/api/v1/concerts/c-1'],
  ['/concerts/c-1/seats?section=A', '/api/v1/concerts/c-1'],
])('who opens %s is served from %s, asked for once', async (address, expected) => {
  const queryClient = newQueryClient()
  const { pathname, search } = new URL(address, window.location.origin)
  await prefetchPage(queryClient, { pathname, search })
  expect(asked).toEqual([expected])
  expect(queryClient.getQueryCache().getAll()).toMatchObject([{ state: { status: 'success' } }])
})

test.each(['/login', '/bookings', '/manage/c-1', '/nothing'])('%s prefetches nothing', async (pathname) => {
  const queryClient = newQueryClient()
  await prefetchPage(queryClient, { pathname, search: '' })
  expect(queryClient.getQueryCache().getAll()).toEqual([])
})

test('a refusal does not prevent the first render', async () => {
  server.use(http.get(at('/concerts'), () => problem(400, 'invalid_cursor')))
  await expect(
    prefetchPage(newQueryClient(), { pathname: '/', search: '?cursor=old' }),
  ).resolves.toBeUndefined()
})
