import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { PlaceBooking } from '@/api/bookings'
import type { Concert } from '@/api/concerts'
import * as session from '@/api/use-session'
import { fakeEventSources } from '@/testing/event-source'
import { openPages } from '@/testing/render'
import { aConcert, aUser } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { concertsRoutes } from './routes'

beforeEach(() => void fakeEventSources())
afterEach(() => vi.restoreAllMocks())

function priced(price: number, more: Partial<Concert> = {}): Concert {
  const sections = aConcert().sections.map((section) => ({
    ...section,
    prices: section.prices.map((item) => ({ ...item, price })),
  }))
  return aConcert({ sections, ...more })
}

test.each([
  [priced(100), /^Tickets are not refundable\.$/],
  [priced(100, { refundable_until: '2030-05-01T00:00:00Z' }), /^Tickets are refundable until 1 May 2030/],
  [priced(0), /^Tickets are free\. You can cancel them until 31 May 2030/],
  [priced(0, { refundable_until: '2030-05-01T00:00:00Z' }), /You can cancel them until 1 May 2030/],
])('a concert says until when its tickets can be returned (%#)', async (concert, said) => {
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/concerts/:id/availability'), () => problem(404, 'not_found')),
  )
  openPages(concertsRoutes, `/concerts/${concert.id}`)
  expect(await screen.findByText(said)).toBeVisible()
})

test('a price that changes again must be accepted again, and the focus is kept', async () => {
  vi.spyOn(session, 'useSession').mockReturnValue({ status: 'authenticated', user: aUser() })
  const asked: (number | null | undefined)[] = []
  const sections = aConcert().sections.map(({ code, total }) => ({ code, total, available: total }))
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(aConcert())),
    http.get(at('/concerts/:id/availability'), () =>
      HttpResponse.json({ concert_id: aConcert().id, version: 1, total: 105, available: 105, sections }),
    ),
    http.post(at('/bookings'), async ({ request }) => {
      const { expected_total } = (await request.json()) as PlaceBooking
      asked.push(expected_total)
      return problem(409, 'price_changed', { total: (expected_total ?? 0) + 10_000_000, currency: 'IDR' })
    }),
  )
  const { user } = openPages(concertsRoutes, `/concerts/${aConcert().id}`)
  await user.click(await screen.findByRole('button', { name: 'Take the best 2: Floor' }))
  expect(await screen.findByText(/were IDR\s500,000 and are IDR\s600,000 now/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Continue at the new price' }))
  expect(await screen.findByText(/were IDR\s600,000 and are IDR\s700,000 now/)).toBeVisible()
  expect(screen.getByRole('heading', { name: 'Tickets' })).toHaveFocus()
  expect(asked).toEqual([50_000_000, 60_000_000])
})
