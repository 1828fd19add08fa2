import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Concert } from '@/api/concerts'
import { fakeEventSources } from '@/testing/event-source'
import { openPages } from '@/testing/render'
import { aConcert } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { concertsRoutes } from './routes'

beforeEach(() => void fakeEventSources())

function priced(price: number, more: Partial<Concert> = {}): Concert {
  const sections = aConcert().sections.map((section) => ({
    ...section,
    prices: section.prices.map((known) => ({ ...known, price })),
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
