import type { APIRequestContext, Page } from '@playwright/test'
import { test } from './network'
import type { Shop } from './shop'
import { watchForText } from './steps'
import { expect, logIn } from './test'

// The bank takes longer than the hold and the grace period of a payment together.
test.use({
  settings: {
    BOXOFFICE__BOOKINGS__HOLD_SECONDS: '4',
    BOXOFFICE__PAYMENTS__GRACE_SECONDS: '1',
    BOXOFFICE__PAYMENTS__SANDBOX_PENDING_SECONDS: '20',
  },
})

/**
 * Logs a new fan in and pays for a seat by the slow bank. The API is faster than clicks, so the page opens while the bank
 * still decides.
 */
async function startSlowPayment(page: Page, shop: Shop) {
  const concert = await shop.concert()
  const account = await shop.fan()
  await logIn(page.context(), account)
  const api = await shop.as(account)
  const placed = await api.post('/api/v1/bookings', { data: { concert_id: concert.id, seats: ['A-1-1'] } })
  expect(placed.status(), await placed.text()).toBe(201)
  const { id } = await placed.json()
  const paid = await api.post('/api/v1/payments', { data: { booking_id: id, method: 'sandbox_pending' } })
  expect(paid.status(), await paid.text()).toBe(201)
  return { api, concert, id }
}

/** Waits until the hold of the booking has expired. */
async function waitUntilExpired(api: APIRequestContext, id: string): Promise<void> {
  const status = async () => (await (await api.get(`/api/v1/bookings/${id}`)).json()).status
  await expect.poll(status, { intervals: [250] }).toBe('cancelled')
}

test('a payment that is decided after the hold expired still confirms the booking', async ({
  page,
  shop,
}) => {
  const { api, id } = await startSlowPayment(page, shop)
  await page.goto(`/checkout/${id}`)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await waitUntilExpired(api, id)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'The bank is still deciding' })).toBeVisible()
  await expect(page.getByText('Your time ran out')).toBeHidden()
  await expect(page.getByText('Confirmed')).toBeVisible()
  await api.dispose()
})

test('a late payment is refunded when its seats were sold, and the booking shows it', async ({
  page,
  shop,
}) => {
  const { api, concert, id } = await startSlowPayment(page, shop)
  await page.goto(`/bookings/${id}`)
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await waitUntilExpired(api, id)
  await shop.sell(concert, ['A-1-1'])
  await page.reload()
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await expect(page.getByText('It was not paid in time')).toBeHidden()
  await expect(page.getByText(/Paid: IDR\s450,000/)).toBeVisible()
  await expect(page.getByText(/Refunded: IDR\s450,000/)).toBeVisible()
  await api.dispose()
})

test('the checkout does not say that the hold expired while the payment cannot be read', async ({
  page,
  network,
  shop,
}) => {
  const { api, id } = await startSlowPayment(page, shop)
  const wasDenied = await watchForText(page, 'Your time ran out')
  network.failNext('GET', /\/payments\//, 'bad gateway', 99)
  await page.goto(`/checkout/${id}`)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await waitUntilExpired(api, id)
  await page.reload()
  await expect(page.getByText('Loading …').first()).toBeAttached()
  network.restore()
  await expect(page.getByText('Confirmed')).toBeVisible()
  expect(await wasDenied()).toBe(false)
  await api.dispose()
})

test('late answers do not make a pending payment look unpaid', async ({ page, network, shop }) => {
  const { api, id } = await startSlowPayment(page, shop)
  const wasDenied = await watchForText(page, 'It was not paid in time')
  network.failNext('GET', /\/payments\//, 'late', 99)
  await page.goto(`/bookings/${id}`)
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await waitUntilExpired(api, id)
  await page.reload()
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await expect(page.getByText('Confirmed')).toBeVisible()
  expect(await wasDenied()).toBe(false)
  await api.dispose()
})
