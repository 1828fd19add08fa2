import type { Page } from '@playwright/test'
import { type Fault, test } from './network'
import type { Concert } from './shop'
import { bookTwoStanding, chooseSeats, fillRefund, keepSeats, pay, watchForText } from './steps'
import { expect } from './test'

const BOOKINGS = /^\/api\/v1\/bookings$/
const PAYMENTS = /^\/api\/v1\/payments$/
const REFUNDS = /\/refunds$/

const KEPT = 'Your seats are kept for'
const PAYMENT_UNKNOWN = 'we do not know whether your payment went through'

/** The customer has exactly one booking. */
async function expectOneBooking(page: Page): Promise<void> {
  await page.goto('/bookings')
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1)
}

/** All attempts had the same key. */
function expectOneKey(keys: (string | undefined)[]): void {
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(keys).size).toBe(1)
}

for (const fault of ['torn', 'late', 'unsent'] satisfies Fault[]) {
  test(`seats are booked once, and not reported as lost, when the answer is ${fault}`, async ({
    fan: page,
    network,
    shop,
  }) => {
    const concert = await shop.concert()
    const wasGivenUp = await watchForText(page, 'Someone else was faster')
    await chooseSeats(page, concert, 4, 5)
    await expect(page.getByText('Live', { exact: true })).toBeVisible()
    network.failNext('POST', BOOKINGS, fault)
    await keepSeats(page)
    await expect(page.getByText(KEPT)).toBeVisible()
    await expect(page.getByText('A-1-4')).toBeVisible()
    await expect(page.getByText('A-1-5')).toBeVisible()
    expectOneKey(network.keys(BOOKINGS))
    // The event stream reports the seats as taken before the answer arrives.
    expect(await wasGivenUp()).toBe(false)
    await expectOneBooking(page)
  })
}

test('requested seats are not reported as lost when the own booking takes them', async ({
  fan: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await chooseSeats(page, concert, 4)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  network.failNext('POST', BOOKINGS, 'bad gateway', 99)
  await keepSeats(page)
  await expect(page.getByText('We are asking again')).toBeVisible()
  // The event stream reports the seat as taken, by this very request.
  await expect(page.getByText('39 left')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-4' })).toBeVisible()
  await expect(page.getByText('Someone else was faster')).toBeHidden()

  await page.reload()
  await expect(page.getByText('We are asking again')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-4' })).toBeVisible()
  network.restore()
  await expect(page.getByText(KEPT)).toBeVisible()
  expectOneKey(network.keys(BOOKINGS))
})

test('tickets are booked once although a proxy answered 502', async ({ fan: page, network, shop }) => {
  const concert = await shop.concert()
  network.failNext('POST', BOOKINGS, 'bad gateway')
  await bookTwoStanding(page, concert)
  await expect(page.getByText(KEPT)).toBeVisible()
  await expectOneBooking(page)
  await page.goto(`/concerts/${concert.id}`)
  await expect(page.getByText('48 of 50 left')).toBeVisible()
})

for (const fault of ['lost', 'late', 'bad gateway'] satisfies Fault[]) {
  test(`a payment is made once when the answer is ${fault}`, async ({ fan: page, network, shop }) => {
    const concert = await shop.concert()
    await bookTwoStanding(page, concert)
    network.failNext('POST', PAYMENTS, fault)
    await pay(page)
    await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
    await expect(page.getByText(/^Paid: IDR\s400,000$/)).toBeVisible()
    expectOneKey(network.keys(PAYMENTS))
  })
}

test('a payment without an answer is retried, also after a reload', async ({ fan: page, network, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  network.failNext('POST', PAYMENTS, 'unsent', 99)
  await pay(page)
  await expect(page.getByText(PAYMENT_UNKNOWN)).toBeVisible()
  await page.reload()
  await expect(page.getByText(PAYMENT_UNKNOWN)).toBeVisible()
  network.restore()
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
  expectOneKey(network.keys(PAYMENTS))
})

/** Opens the booking of a sold seat in the organiser's pages. */
async function openSale(page: Page, concert: Concert, seat: string): Promise<void> {
  await page.goto(`/manage/${concert.id}/bookings`)
  await page
    .getByRole('row', { name: new RegExp(seat) })
    .getByRole('link')
    .click()
}

for (const fault of ['bad gateway', 'late'] satisfies Fault[]) {
  test(`a refund is made once when the answer is ${fault}`, async ({ organiser: page, network, shop }) => {
    const concert = await shop.concert()
    await shop.sell(concert, ['A-1-1'])
    await openSale(page, concert, 'A-1-1')
    await fillRefund(page)
    network.failNext('POST', REFUNDS, fault)
    await page.getByRole('button', { name: /^Refund IDR/ }).click()
    await expect(page.getByText(/is on its way/)).toBeVisible()
    expectOneKey(network.keys(REFUNDS))
    // The rest after one refund, less the smallest amount that must remain.
    await page.getByRole('button', { name: 'Refund part of it …' }).click()
    await expect(page.getByText(/At most IDR\s349,999\.99/i)).toBeVisible()
  })
}

for (const fault of ['lost', 'late'] satisfies Fault[]) {
  test(`a booking is cancelled when the answer is ${fault}, and the page says so`, async ({
    fan: page,
    network,
    shop,
  }) => {
    const concert = await shop.concert()
    await bookTwoStanding(page, concert)
    await pay(page)
    await page.getByRole('button', { name: 'Cancel this booking' }).click()
    network.failNext('POST', /\/cancel$/, fault)
    await page.getByRole('button', { name: 'Yes, cancel it' }).click()
    await expect(page.getByText('You cancelled it')).toBeVisible()
    await expect(page.getByRole('dialog')).toBeHidden()
    // The refund appears without a reload.
    await expect(page.getByText(/^Paid: .*Refunded: /)).toBeVisible()
  })
}

test('the organiser sees a cancellation and its refund without a reload', async ({
  organiser: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await shop.sell(concert, ['A-1-1'])
  await openSale(page, concert, 'A-1-1')
  const payment = page.getByRole('region', { name: 'Payment' })
  await expect(payment).toContainText('Paid')
  await page.getByRole('button', { name: 'Cancel the booking' }).click()
  network.failNext('POST', /\/cancel$/, 'torn')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the booking' }).click()
  await expect(page.getByText('The booking is cancelled.')).toBeVisible()
  await expect(payment.getByText('Refunded').first()).toBeVisible()
  await expect(payment).not.toContainText('Paid')
})
