import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Refund } from '@/api/organiser'
import { openPages } from '@/testing/render'
import { aBooking, aConcert, aPayment, aRefund } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { dashboardRoutes } from './routes'

const concert = aConcert()
const HOME = `/manage/${concert.id}`
const plain = (text: string | null) => (text ?? '').replace(/\s/g, ' ')

beforeEach(() => {
  // The pages of a published concert subscribe to its events.
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      close() {}
    },
  )
})

function withBooking(booking = aBooking(), payment = aPayment(), written: Refund[] = []) {
  const refunds: { key: string | null; body: unknown }[] = []
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/bookings/:id'), () => HttpResponse.json(booking)),
    http.get(at('/payments/:id'), () => HttpResponse.json(payment)),
    http.get(at('/payments/:id/refunds'), () => HttpResponse.json({ items: written, next_cursor: null })),
    http.post(at('/payments/:id/refunds'), async ({ request }) => {
      const body = (await request.json()) as { amount: number; reason: string }
      refunds.push({ key: request.headers.get('Idempotency-Key'), body })
      const refund = { id: 'r', payment_id: payment.id, currency: 'IDR', status: 'pending', created_at: '' }
      return HttpResponse.json({ ...refund, ...body }, { status: 201 })
    }),
  )
  return refunds
}

test('every booking shows its status, and the list is paginated', async () => {
  const pages: Record<string, object> = {
    first: {
      items: [
        aBooking(),
        aBooking({ id: '2', reference: 'EXPIRED1', status: 'cancelled', cancel_reason: 'expired' }),
      ],
      next_cursor: 'more',
    },
    more: { items: [aBooking({ id: '3', reference: 'OLDEST99', status: 'pending' })], next_cursor: null },
  }
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/bookings'), ({ request }) => {
      const { searchParams } = new URL(request.url)
      expect(searchParams.get('concert_id')).toBe(concert.id)
      return HttpResponse.json(pages[searchParams.get('cursor') ?? 'first'] ?? {})
    }),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  const paid = within((await screen.findByRole('row', { name: /6SWYBC99/ })) as HTMLElement)
  expect(paid.getByText('Confirmed')).toBeVisible()
  expect(plain(paid.getAllByRole('cell').at(-1)?.textContent ?? '')).toBe('IDR 1,000,000')
  expect(screen.getByRole('row', { name: /EXPIRED1/ })).toHaveTextContent('Expired')
  await user.click(screen.getByRole('link', { name: 'Next page →' }))
  expect(await screen.findByRole('row', { name: /OLDEST99/ })).toHaveTextContent('Not paid yet')
})

test('the filter is sent, kept in the URL and used for the download', async () => {
  const asked: Record<string, string>[] = []
  const files: Record<string, string>[] = []
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/bookings'), ({ request }) => {
      const { searchParams } = new URL(request.url)
      searchParams.delete('concert_id')
      searchParams.delete('limit')
      asked.push(Object.fromEntries(searchParams))
      const items = searchParams.get('search') === 'unknown' ? [] : [aBooking({ username: 'ana' })]
      return HttpResponse.json({ items, next_cursor: searchParams.has('cursor') ? null : 'more' })
    }),
    http.get(at('/reports/concerts/:id/bookings.csv'), ({ request }) => {
      files.push(Object.fromEntries(new URL(request.url).searchParams))
      return HttpResponse.error()
    }),
  )
  const { user, address } = openPages(dashboardRoutes([]), `${HOME}/bookings?q=ana`)
  expect(await screen.findByRole('row', { name: /6SWYBC99/ })).toHaveTextContent('ana')
  await user.selectOptions(screen.getByLabelText('Status'), 'Confirmed')
  await user.click(await screen.findByRole('link', { name: 'Next page →' }))
  await waitFor(() => expect(asked.at(-1)).toEqual({ search: 'ana', status: 'confirmed', cursor: 'more' }))
  expect(address()).toBe(`${HOME}/bookings?q=ana&status=confirmed&cursor=more`)
  await user.click(screen.getByRole('button', { name: 'Bookings as CSV' }))
  await waitFor(() => expect(files).toEqual([{ search: 'ana', status: 'confirmed' }]))

  await user.clear(screen.getByRole('searchbox'))
  await user.type(screen.getByRole('searchbox'), 'unknown{Enter}')
  expect(await screen.findByText('No bookings found')).toBeVisible()
  expect(asked.at(-1)).toEqual({ search: 'unknown', status: 'confirmed' })
  await user.click(screen.getByRole('button', { name: 'Show all bookings' }))
  expect(await screen.findByRole('row', { name: /6SWYBC99/ })).toBeVisible()
  expect(address()).toBe(`${HOME}/bookings`)
})

test('a filter chosen right after typing is kept', async () => {
  const asked: Record<string, string>[] = []
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/bookings'), ({ request }) => {
      asked.push(Object.fromEntries(new URL(request.url).searchParams))
      return HttpResponse.json({ items: [], next_cursor: null })
    }),
  )
  const { address } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  // Without leaving the field, as by a device that needs no focus to choose.
  fireEvent.change(await screen.findByRole('searchbox'), { target: { value: 'ana' } })
  fireEvent.change(screen.getByLabelText('Status'), { target: { value: 'confirmed' } })
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ search: 'ana', status: 'confirmed' }))
  expect(address()).toBe(`${HOME}/bookings?q=ana&status=confirmed`)
})

test('a search text below the server’s minimum is not sent', async () => {
  const asked: (string | null)[] = []
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/bookings'), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('search'))
      return HttpResponse.json({ items: [], next_cursor: null })
    }),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  await user.type(await screen.findByRole('searchbox'), '6s{Enter}')
  expect(await screen.findByText(/^Type at least 3 characters/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'Bookings as CSV' })).toBeDisabled()
  await user.type(screen.getByRole('searchbox'), 'w{Enter}')
  expect(await screen.findByText('No bookings found')).toBeVisible()
  expect(asked).toEqual([null, '6sw'])
})

test('an amount above the rest is refused without a request', async () => {
  const refunds = withBooking(aBooking(), aPayment({ refunded: 40_000_000, status: 'partially_refunded' }))
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  await user.click(await screen.findByRole('button', { name: 'Refund part of it …' }))
  await user.type(screen.getByLabelText('Amount in IDR'), '600.001')
  await user.type(screen.getByLabelText('Reason'), 'Behind a pillar')
  await user.click(screen.getByRole('button', { name: 'Refund' }))
  expect(screen.getByLabelText('Amount in IDR')).toBeInvalid()
  expect(refunds).toEqual([])
})

test('a refund without an answer is retried under the same key', async () => {
  const refunds = withBooking()
  const keys: (string | null)[] = []
  server.use(
    http.post(
      at('/payments/:id/refunds'),
      ({ request }) => {
        keys.push(request.headers.get('Idempotency-Key'))
        return HttpResponse.error()
      },
      { once: true },
    ),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  await user.click(await screen.findByRole('button', { name: 'Refund part of it …' }))
  await user.type(screen.getByLabelText('Amount in IDR'), '250.000')
  await user.type(screen.getByLabelText('Reason'), 'Behind a pillar')
  const give = screen.getByRole('button', { name: /^Refund IDR/ })
  await user.click(give)
  expect(await screen.findByText(/we do not know whether the refund was made/)).toBeVisible()
  await waitFor(() => expect(plain(screen.getByText(/is on its way/).textContent)).toContain('IDR 250,000'))
  expect(refunds).toEqual([{ key: keys[0], body: { amount: 25_000_000, reason: 'Behind a pillar' } }])
})

test('a refund above the rest reports the rest', async () => {
  withBooking()
  server.use(
    http.post(at('/payments/:id/refunds'), () => problem(409, 'amount_exceeds_left', { left: 10_000_000 })),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  await user.click(await screen.findByRole('button', { name: 'Refund part of it …' }))
  await user.type(screen.getByLabelText('Amount in IDR'), '250.000')
  await user.type(screen.getByLabelText('Reason'), 'Behind a pillar')
  await user.click(screen.getByRole('button', { name: /^Refund IDR/ }))
  expect(plain((await screen.findByRole('alert')).textContent)).toContain('at most IDR 99,999.99')
})

test('cancelling a booking that its customer has just cancelled reports so', async () => {
  const pending = aBooking({ status: 'pending', payment_id: null })
  withBooking(pending)
  server.use(
    http.post(at('/bookings/:id/cancel'), () => {
      const cancelled = { ...pending, status: 'cancelled', cancel_reason: 'user' } as const
      withBooking(cancelled)
      return HttpResponse.json(cancelled)
    }),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  await user.click(await screen.findByRole('button', { name: 'Cancel the booking' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(dialog.getByText(/Nothing was paid/)).toBeVisible()
  await user.click(dialog.getByRole('button', { name: 'Cancel the booking' }))
  expect(await screen.findByText(/or has expired/)).toBeVisible()
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
})

test.each([
  [[], 'IDR 1,000,000 is refunded to the customer.'],
  [
    [aRefund({ amount: 50_000_000 }), aRefund({ amount: 30_000_000, status: 'pending' })],
    'Of IDR 1,000,000 paid, IDR 800,000 was refunded before or is on its way. The remaining IDR 200,000 is refunded to the customer.',
  ],
  [[aRefund({ amount: 100_000_000 })], 'Everything that was paid was refunded before or is on its way.'],
])('the cancellation dialog shows the refund without pending refunds (%#)', async (refunds, shown) => {
  withBooking(aBooking(), aPayment(), refunds)
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  await screen.findByText('Payment')
  await user.click(screen.getByRole('button', { name: 'Cancel the booking' }))
  const dialog = await screen.findByRole('dialog')
  await waitFor(() => expect(plain(dialog.textContent ?? '')).toContain(shown))
})

test('the cancellation of free tickets mentions no refund', async () => {
  const tickets = [{ seat: 'GA-000007', section: 'GA', category: 'standard', price: 0 }]
  withBooking(aBooking({ total: 0, payment_id: null, tickets }))
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  const ticket = await screen.findByRole('row', { name: /Standing, no\. 7/ })
  expect(ticket).toHaveTextContent('Free')
  await user.click(screen.getByRole('button', { name: 'Cancel the booking' }))
  expect(await screen.findByRole('dialog')).toHaveTextContent(
    '1 ticket goes back on sale at once. The tickets were free, so nothing is refunded.',
  )
})

test('a refund after a cancellation is followed without a reload', async () => {
  const cancelled = aBooking({ status: 'cancelled', cancel_reason: 'manager' })
  withBooking(cancelled)
  openPages(dashboardRoutes([]), `${HOME}/bookings/${cancelled.id}`)
  const payment = within(await screen.findByRole('region', { name: 'Payment' }))
  expect(payment.getByText('Paid')).toBeVisible()
  withBooking(cancelled, aPayment({ status: 'refunded', refunded: 100_000_000 }))
  expect(await payment.findByText('Refunded', { selector: 'span' }, { timeout: 4_000 })).toBeVisible()
  expect(payment.queryByText('Paid')).not.toBeInTheDocument()
})

test('a booking of another concert is not shown here', async () => {
  withBooking(aBooking({ concert_id: '01980c2a-7b1e-7000-8000-00000000c999' }))
  openPages(dashboardRoutes([]), `${HOME}/bookings/${aBooking().id}`)
  expect(await screen.findByText('This concert has no such booking.')).toBeVisible()
  expect(screen.queryByText('6SWYBC99')).not.toBeInTheDocument()
})
