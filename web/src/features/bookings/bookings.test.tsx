import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Booking, Payment } from '@/api/bookings'
import type { Concert } from '@/api/concerts'
import type { Refund } from '@/api/organiser'
import { fakeEventSources } from '@/testing/event-source'
import { openPages } from '@/testing/render'
import { aBooking, aConcert, aPayment, aRefund } from '@/testing/samples'
import { at, server } from '@/testing/server'
import { bookingsRoutes } from './routes'

// The page of a booking subscribes to its concert's events.
beforeEach(() => void fakeEventSources())

const plain = (text: string | null) => (text ?? '').replace(/\s+/g, ' ')

function open(booking: Booking, concert: Concert, payment: Payment = aPayment(), refunds: Refund[] = []) {
  server.use(
    http.get(at('/payments/:id/refunds'), () => HttpResponse.json({ items: refunds, next_cursor: null })),
    http.get(at('/bookings/:id'), () => HttpResponse.json(booking)),
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/payments/:id'), () => HttpResponse.json(payment)),
  )
  return openPages(bookingsRoutes, `/bookings/${booking.id}`)
}

const refundable = aConcert({ refundable_until: '2030-05-01T00:00:00Z' })

test.each([
  [[], 'IDR 1,000,000 is refunded to you.'],
  [
    [aRefund({ amount: 50_000_000 }), aRefund({ amount: 30_000_000, status: 'pending' })],
    'IDR 800,000 was refunded before or is on its way, so the remaining IDR 200,000 is refunded to you.',
  ],
])('the cancellation dialog shows the refund without pending refunds (%#)', async (refunds, shown) => {
  const { user } = open(aBooking(), refundable, aPayment(), refunds)
  await screen.findByText(/^Paid: /)
  await user.click(await screen.findByRole('button', { name: 'Cancel this booking' }))
  const dialog = await screen.findByRole('dialog')
  await waitFor(() => expect(plain(dialog.textContent)).toContain(shown))
})

test('the cancellation of free tickets does not mention money', async () => {
  const tickets = [{ seat: 'A-1-1', section: 'A', category: 'standard', price: 0 }]
  const { user } = open(aBooking({ total: 0, payment_id: null, tickets }), refundable)
  expect(await screen.findAllByText('Free')).toHaveLength(2)
  await user.click(await screen.findByRole('button', { name: 'Cancel this booking' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog).toHaveTextContent('Your tickets go back on sale at once.')
  expect(dialog).not.toHaveTextContent(/IDR|refunded/)
})

test('never refundable and no longer refundable are distinguished', async () => {
  open(aBooking(), aConcert({ refundable_until: null }))
  expect(await screen.findByText('Tickets for this concert are not refundable.')).toBeVisible()
})

test('an expired refund period is reported', async () => {
  open(aBooking(), aConcert({ refundable_until: '2020-01-01T00:00:00Z' }))
  expect(await screen.findByText('The time for cancelling this booking has passed.')).toBeVisible()
})

test('the amounts of an order have the same decimals, and standing tickets have names', async () => {
  const tickets = [
    { seat: 'GA-000289', section: 'GA', category: 'standard', price: 12_500 },
    { seat: 'A-1-1', section: 'A', category: 'standard', price: 12_500 },
  ]
  const payment = aPayment({ currency: 'KWD', amount: 25_000 })
  open(aBooking({ currency: 'KWD', total: 25_000, tickets }), refundable, payment)
  const order = await screen.findByRole('region', { name: 'Your order' })
  await waitFor(() => expect(order).toHaveTextContent('Standing, no. 289'))
  expect(plain(order.textContent).match(/KWD [\d.]+/g)).toEqual(['KWD 12.500', 'KWD 12.500', 'KWD 25.000'])
  expect(order).toHaveTextContent('A-1-1')
  expect(plain((await screen.findByText(/^Paid: /)).textContent)).toBe('Paid: KWD 25.000')
})

test('a zone unknown to the browser does not break the page', async () => {
  open(aBooking(), aConcert({ time_zone: 'America/Newtown' }))
  expect(await screen.findByText(/31 May 2030 UTC, 13:00 UTC/)).toBeVisible()
})

test('the list follows a pending payment', async () => {
  const listed = (status: Booking['status']) =>
    server.use(
      http.get(at('/bookings'), () =>
        HttpResponse.json({ items: [aBooking({ status })], next_cursor: null }),
      ),
      http.get(at('/concerts/:id'), () => HttpResponse.json(aConcert())),
      http.get(at('/payments/:id'), () => HttpResponse.json(aPayment({ status: 'pending' }))),
    )
  listed('pending')
  openPages(bookingsRoutes, '/bookings')
  expect(await screen.findByText('Waiting for the bank')).toBeVisible()
  listed('confirmed')
  expect(await screen.findByText('Confirmed', undefined, { timeout: 4_500 })).toBeVisible()
})
