import type { APIRequestContext } from '@playwright/test'
import { test } from './network'
import type { Concert } from './shop'
import { listenFor } from './steps'
import { expect, logIn } from './test'

// The bank takes longer than seats are kept, also with the time that a payment gives them.
test.use({
  settings: {
    BOXOFFICE__BOOKINGS__HOLD_SECONDS: '4',
    BOXOFFICE__PAYMENTS__GRACE_SECONDS: '1',
    BOXOFFICE__PAYMENTS__SANDBOX_PENDING_SECONDS: '20',
  },
})

/** Takes a seat and pays by the slow bank, quicker than people click. */
async function payAt(api: APIRequestContext, concert: Concert): Promise<string> {
  const placed = await api.post('/api/v1/bookings', { data: { concert_id: concert.id, seats: ['A-1-1'] } })
  expect(placed.status(), await placed.text()).toBe(201)
  const { id: booking_id } = await placed.json()
  const paid = await api.post('/api/v1/payments', { data: { booking_id, method: 'sandbox_pending' } })
  expect(paid.status(), await paid.text()).toBe(201)
  return booking_id
}

/** Until the time of the booking is over. */
async function expired(api: APIRequestContext, id: string): Promise<void> {
  const status = async () => (await (await api.get(`/api/v1/bookings/${id}`)).json()).status
  await expect.poll(status, { intervals: [250] }).toBe('cancelled')
}

test('who pays waits for the bank beyond the end of the time, and has the seats', async ({ page, shop }) => {
  const concert = await shop.concert()
  const account = await shop.fan()
  await logIn(page.context(), account)
  const api = await shop.as(account)
  const id = await payAt(api, concert)
  await page.goto(`/checkout/${id}`)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await expired(api, id)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'The bank is still deciding' })).toBeVisible()
  await expect(page.getByText('Your time ran out')).toBeHidden()
  await expect(page.getByText('Confirmed')).toBeVisible()
  await api.dispose()
})

test('a booking says that the bank decides, and that the money goes back when the seats are gone', async ({
  page,
  shop,
}) => {
  const concert = await shop.concert()
  const account = await shop.fan()
  await logIn(page.context(), account)
  const api = await shop.as(account)
  const id = await payAt(api, concert)
  await page.goto(`/bookings/${id}`)
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await expired(api, id)
  await shop.sell(concert, ['A-1-1'])
  await page.reload()
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await expect(page.getByText('It was not paid in time')).toBeHidden()
  await expect(page.getByText(/Paid: IDR\s450,000/)).toBeVisible()
  await expect(page.getByText(/Refunded: IDR\s450,000/)).toBeVisible()
  await api.dispose()
})

test('a page that cannot hear from the bank denies nothing, and hears of it later', async ({
  page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  const account = await shop.fan()
  await logIn(page.context(), account)
  const api = await shop.as(account)
  const id = await payAt(api, concert)
  const isDenied = await listenFor(page, 'Your time ran out')
  network.break('GET', /\/payments\//, 'bad gateway', 99)
  await page.goto(`/checkout/${id}`)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await expired(api, id)
  await page.reload()
  await expect(page.getByText('Loading …')).toBeAttached()
  network.mend()
  await expect(page.getByText('Confirmed')).toBeVisible()
  expect(await isDenied()).toBe(false)
  await api.dispose()
})

test('answers that come late do not make a payment look unpaid', async ({ page, network, shop }) => {
  const concert = await shop.concert()
  const account = await shop.fan()
  await logIn(page.context(), account)
  const api = await shop.as(account)
  const id = await payAt(api, concert)
  const isDenied = await listenFor(page, 'It was not paid in time')
  network.break('GET', /\/payments\//, 'late', 99)
  await page.goto(`/bookings/${id}`)
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await expired(api, id)
  await page.reload()
  await expect(page.getByText('Waiting for the bank')).toBeVisible()
  await expect(page.getByText('Confirmed')).toBeVisible()
  expect(await isDenied()).toBe(false)
  await api.dispose()
})
