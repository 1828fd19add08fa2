import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import type { ConcertSummary } from '@/api/concerts'
import { ThemeProvider } from '@/kit/theme-provider'
import { concertOf, seated } from '@/testing/concerts'
import { openPages } from '@/testing/render'
import { at, problem, server } from '@/testing/server'
import { ConcertFilters } from './concert-filters'
import { concertsRoutes } from './routes'
import { parametersOf, type Search } from './search'

function summary(name: string, more: Partial<ConcertSummary> = {}): ConcertSummary {
  const concert = concertOf([seated('A', { '1': 'aaaa' })], { id: crypto.randomUUID(), name })
  return { ...concert, available: 4, total: 4, price_from: 4500, ...more }
}

let asked: URLSearchParams[] = []

beforeEach(() => {
  asked = []
  server.use(
    http.get(at('/concerts'), ({ request }) => {
      const parameters = new URL(request.url).searchParams
      asked.push(parameters)
      const items = parameters.has('search')
        ? []
        : [summary('Moonlight Tour'), summary('Gone', { available: 0 })]
      return HttpResponse.json({ items, next_cursor: parameters.has('cursor') ? null : 'next' })
    }),
  )
})

test('the search text is sent and put into the URL after a debounce', async () => {
  const { user, address } = openPages(concertsRoutes, '/')
  await screen.findByRole('link', { name: 'Moonlight Tour' })
  await user.type(screen.getByRole('searchbox'), 'fox jakarta')
  expect(await screen.findByText('No concerts found')).toBeInTheDocument()
  expect(address()).toBe('/?q=fox+jakarta')
  const searches = asked.map((parameters) => parameters.get('search')).filter(Boolean)
  expect(searches).toEqual(['fox jakarta'])
})

test('following a link cancels the pending search', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const { user, address } = openPages(concertsRoutes, '/')
  const link = await screen.findByRole('link', { name: 'Moonlight Tour' })
  await user.type(screen.getByRole('searchbox'), 'moon')
  await user.click(link)
  const there = address()
  expect(there).toMatch(/^\/concerts\//)
  vi.advanceTimersByTime(1_000)
  expect(address()).toBe(there)
  vi.useRealTimers()
})

test('leaving the field searches at once', async () => {
  const { user, address } = openPages(concertsRoutes, '/')
  await screen.findByRole('link', { name: 'Moonlight Tour' })
  await user.type(screen.getByRole('searchbox'), 'fox')
  await user.tab()
  expect(address()).toBe('/?q=fox')
})

test('another filter includes the text that was just typed', async () => {
  const { user, address } = openPages(concertsRoutes, '/')
  await screen.findByRole('link', { name: 'Moonlight Tour' })
  await user.type(screen.getByRole('searchbox'), 'fox')
  await user.selectOptions(screen.getByLabelText('Sort by'), 'Name A–Z')
  await waitFor(() => expect(address()).toBe('/?q=fox&sort=name'))
})

test('a filter is not reset by text that was typed before, also when the URL changes late', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime })
  const onSearch = vi.fn()
  const search: Search = { text: '', when: 'any', sort: 'starts_at', cursor: undefined }
  render(
    <ThemeProvider>
      <ConcertFilters search={search} onSearch={onSearch} />
    </ThemeProvider>,
  )
  await user.type(screen.getByRole('searchbox'), 'fox')
  await user.selectOptions(screen.getByLabelText('When'), 'quarter')
  await user.selectOptions(screen.getByLabelText('Sort by'), 'name')
  vi.advanceTimersByTime(1_000)
  const asked = onSearch.mock.calls.map(([search]) => parametersOf(search).toString())
  expect(asked).toEqual(['q=fox', 'q=fox&when=quarter', 'q=fox&when=quarter&sort=name'])
  vi.useRealTimers()
})

test('invalid parameters in the URL are ignored', async () => {
  openPages(concertsRoutes, '/?sort=price&when=yesterday')
  await screen.findByRole('link', { name: 'Moonlight Tour' })
  expect(asked[0]?.get('sort')).toBe('starts_at')
  expect(asked[0]?.has('to')).toBe(false)
})

test('the list is paginated and leads back to the first page', async () => {
  const { user, address } = openPages(concertsRoutes, '/?sort=name')
  await user.click(await screen.findByRole('link', { name: /More concerts/ }))
  expect(address()).toBe('/?sort=name&cursor=next')
  await user.click(await screen.findByRole('link', { name: 'Back to the first page' }))
  expect(address()).toBe('/?sort=name')
})

test('an invalid cursor leads to the first page', async () => {
  server.use(http.get(at('/concerts'), () => problem(400, 'invalid_cursor'), { once: true }))
  const { user, address } = openPages(concertsRoutes, '/?cursor=old')
  await user.click(await screen.findByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('link', { name: 'Moonlight Tour' })).toBeInTheDocument()
  expect(address()).toBe('/')
})

test('a sold-out concert is marked', async () => {
  openPages(concertsRoutes, '/')
  const card = (await screen.findByRole('link', { name: 'Gone' })).closest('article')
  expect(card).toHaveTextContent('Sold out')
})

test('a search text that the server refuses is reported at the search field', async () => {
  const errors = [{ parameter: 'search', code: 'too_long', detail: 'a word has at most 64 letters' }]
  server.use(http.get(at('/concerts'), () => problem(400, 'validation_failed', { errors }), { once: true }))
  const { user } = openPages(concertsRoutes, `/?q=${'x'.repeat(65)}`)
  const field = screen.getByRole('searchbox')
  await waitFor(() => expect(field).toHaveAccessibleDescription('This is too long; shorten it'))
  expect(field).toBeInvalid()
  expect(screen.queryByText('Something went wrong')).not.toBeInTheDocument()
  await user.clear(field)
  expect(await screen.findByRole('link', { name: 'Moonlight Tour' })).toBeInTheDocument()
  expect(field).toBeValid()
})
