import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Booking, Payment } from '@/api/bookings'
import { concertOf, seated } from '@/testing/concerts'
import { openPages } from '@/testing/render'
import { at, problem, server } from '@/testing/server'
import { checkoutRoutes } from './routes'

const MINUTE_MS = 60_000
const concert = concertOf([seated('A', { '1': 'aaaa' })])

let booking: Booking
let payment: Payment

beforeEach(() => {
  booking = {
    id: '01980c2a-7b1e-7000-8000-00000000000b',
    reference: 'QHWJGDFT',
    concert_id: concert.id,
    user_id: '01980c2a-7b1e-7000-8000-00000000000a',
    username: null,
    customer: null,
    status: 'pending',
    cancel_reason: null,
    expires_at: new Date(Date.now() + 10 * MINUTE_MS).toISOString(),
    total: 9000,
    currency: 'EUR',
    tickets: [
      { seat: 'A-1-1', section: 'A', category: 'standard', price: 4500 },
      { seat: 'A-1-2', section: 'A', category: 'standard', price: 4500 },
    ],
    payment_id: null,
    created_at: new Date().toISOString(),
  }
  payment = {
    id: '01980c2a-7b1e-7000-8000-00000000000c',
    booking_id: booking.id,
    status: 'completed',
    amount: 9000,
    refunded: 0,
    currency: 'EUR',
    method: 'sandbox_approve',
    gateway: 'sandbox',
    transaction_id: 'sb_1',
    failure: null,
    next_action: null,
    created_at: new Date().toISOString(),
  }
  server.use(
    http.get(at('/bookings/:id'), () => HttpResponse.json(booking)),
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/payments/:id'), () => HttpResponse.json(payment)),
  )
})

const open = () => openPages(checkoutRoutes, `/checkout/${booking.id}`)
const pay = () => screen.findByRole('button', { name: 'Pay €90' })

test('a paid booking leads to its confirmation', async () => {
  server.use(
    http.post(at('/payments'), () => {
      booking = { ...booking, status: 'confirmed', payment_id: payment.id }
      return HttpResponse.json(payment, { status: 201 })
    }),
  )
  const { user, address } = open()
  await user.click(await pay())
  await waitFor(() => expect(address()).toBe(`/bookings/${booking.id}`))
})

test('the amount to pay has the decimals of the ticket prices', async () => {
  const tickets = booking.tickets.map((ticket) => ({ ...ticket, price: 12_500 }))
  booking = { ...booking, currency: 'KWD', total: 25_000, tickets }
  open()
  expect(await screen.findByRole('button', { name: /^Pay KWD\s25\.000$/ })).toBeVisible()
})

test('a lost answer is retried under the same key, a new attempt gets another', async () => {
  const keys: (string | null)[] = []
  let answers = 0
  server.use(
    http.post(at('/payments'), ({ request }) => {
      keys.push(request.headers.get('Idempotency-Key'))
      answers += 1
      if (answers === 1) return HttpResponse.error()
      payment = { ...payment, status: 'failed' }
      return HttpResponse.json(payment, { status: 201 })
    }),
  )
  const { user } = open()
  await user.click(await pay())
  expect(await screen.findByText(/we do not know whether your payment went through/)).toBeInTheDocument()
  expect(await screen.findByText('The payment was declined')).toBeInTheDocument()
  await user.click(await pay())
  await waitFor(() => expect(keys).toHaveLength(3))
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[1])
})

test('a pending payment is polled until it is decided', async () => {
  server.use(
    http.post(at('/payments'), () => {
      const started = { ...payment, status: 'pending' as const }
      booking = { ...booking, status: 'confirmed', payment_id: payment.id }
      return HttpResponse.json(started, { status: 201 })
    }),
  )
  const { user, address } = open()
  await user.click(await pay())
  await waitFor(() => expect(address()).toBe(`/bookings/${booking.id}`), { timeout: 5_000 })
})

test('a pending payment has no countdown, and the page continues when it is decided', async () => {
  booking = { ...booking, status: 'cancelled', cancel_reason: 'expired', payment_id: payment.id }
  payment = { ...payment, status: 'pending' }
  const { address } = open()
  expect(await screen.findByRole('heading', { name: 'The bank is still deciding' })).toBeInTheDocument()
  expect(screen.queryByText('Your time ran out')).not.toBeInTheDocument()
  booking = { ...booking, status: 'confirmed', cancel_reason: null }
  payment = { ...payment, status: 'completed' }
  await waitFor(() => expect(address()).toBe(`/bookings/${booking.id}`))
})

test('a late payment is refunded, and the page shows the state of the refund', async () => {
  booking = { ...booking, status: 'cancelled', cancel_reason: 'expired', payment_id: payment.id }
  open()
  expect(await screen.findByRole('heading', { name: 'Your payment is refunded' })).toBeInTheDocument()
  expect(screen.getByText(/€90 is being refunded/)).toBeInTheDocument()
  payment = { ...payment, status: 'refunded', refunded: 9000 }
  expect(await screen.findByText(/€90 was refunded to you/)).toBeInTheDocument()
})

test('a payment declined after the hold expired shows the expired booking', async () => {
  booking = { ...booking, status: 'cancelled', cancel_reason: 'expired', payment_id: payment.id }
  payment = { ...payment, status: 'failed' }
  open()
  expect(await screen.findByRole('heading', { name: 'Your time ran out' })).toBeInTheDocument()
})

test.each([
  ['expired', 'Your time ran out', 'Choose seats again'],
  ['user', 'This booking is cancelled', 'Back to the concert'],
] as const)('a booking cancelled because of %s is not paid', async (cancel_reason, title, way) => {
  booking = { ...booking, status: 'cancelled', cancel_reason }
  open()
  expect(await screen.findByRole('heading', { name: title })).toBeInTheDocument()
  expect(screen.getByRole('link', { name: way })).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: /Pay/ })).not.toBeInTheDocument()
})

test('a hold that expires during the payment is reported', async () => {
  server.use(
    http.post(at('/payments'), () => {
      booking = { ...booking, status: 'cancelled', cancel_reason: 'expired' }
      return problem(409, 'booking_expired')
    }),
  )
  const { user } = open()
  await user.click(await pay())
  expect(await screen.findByRole('heading', { name: 'Your time ran out' })).toBeInTheDocument()
})

test('the booking of another customer is not found', async () => {
  server.use(http.get(at('/bookings/:id'), () => problem(404, 'booking_not_found')))
  open()
  expect(await screen.findByRole('heading', { name: 'Booking not found' })).toBeInTheDocument()
})
