import { test } from './network'
import { expect } from './test'

const BOOKINGS = /^\/api\/v1\/bookings$/
const PAYMENTS = /^\/api\/v1\/payments$/

test('seats are kept although the answer that says so was lost', async ({ fan: page, network, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  await page.getByRole('button', { name: /row 1, seat 4,/ }).click()
  await page.getByRole('button', { name: /row 1, seat 5,/ }).click()
  network.break('POST', BOOKINGS, 'torn')
  await page.getByRole('button', { name: 'Keep 2 seats' }).click()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await expect(page.getByText('A-1-4')).toBeVisible()
  const [first, ...more] = network.keys(BOOKINGS)
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(more).toEqual([first])
  await page.goto('/bookings')
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1)
})

test('seats that were asked for are not given up because they are taken now', async ({
  fan: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: /row 1, seat 4,/ }).click()
  network.break('POST', BOOKINGS, 'bad gateway', 99)
  await page.getByRole('button', { name: 'Keep 1 seat' }).click()
  await expect(page.getByText('We are asking again')).toBeVisible()
  // The stream tells that the seat is taken: by this very wish.
  await expect(page.getByText('39 left')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-4' })).toBeVisible()
  await expect(page.getByText('Someone else was faster')).toBeHidden()

  await page.reload()
  await expect(page.getByText('We are asking again')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-4' })).toBeVisible()
  network.mend()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  expect(new Set(network.keys(BOOKINGS)).size).toBe(1)
})

test('tickets are taken once although a gateway said that it failed', async ({
  fan: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}`)
  network.break('POST', BOOKINGS, 'bad gateway')
  await page.getByRole('button', { name: 'Take the best 2: Floor' }).click()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await page.goto('/bookings')
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1)
  await page.goto(`/concerts/${concert.id}`)
  await expect(page.getByText('48 of 50 left')).toBeVisible()
})

test('a payment without an answer is asked for again, also after a reload', async ({
  fan: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}`)
  await page.getByRole('button', { name: 'Take the best 2: Floor' }).click()
  network.break('POST', PAYMENTS, 'unsent', 99)
  await page.getByRole('button', { name: /^Pay/ }).click()
  await expect(page.getByText('we do not know whether your payment went through')).toBeVisible()
  await page.reload()
  await expect(page.getByText('we do not know whether your payment went through')).toBeVisible()
  network.mend()
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
  expect(new Set(network.keys(PAYMENTS)).size).toBe(1)
})

test('an organiser pays back once although the answer was lost', async ({
  organiser: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await shop.sell(concert, ['A-1-1'])
  await page.goto(`/manage/${concert.id}/bookings`)
  await page.getByRole('row', { name: /A-1-1/ }).getByRole('link').click()
  await page.getByRole('button', { name: 'Refund part of it …' }).click()
  await page.getByLabel('Amount in IDR').fill('100000')
  await page.getByLabel('Reason').fill('The seat was behind a pillar')
  network.break('POST', /\/refunds$/, 'bad gateway')
  await page.getByRole('button', { name: /^Refund IDR/ }).click()
  await expect(page.getByText(/is on its way/)).toBeVisible()
  const keys = network.keys(/\/refunds$/)
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
  // All but the one refund is left, and something of the payment stays with the booking.
  await page.getByRole('button', { name: 'Refund part of it …' }).click()
  await expect(page.getByText(/At most IDR\s349,999\.99/i)).toBeVisible()
})

test('a booking is cancelled although the answer was lost, and the page says so', async ({
  fan: page,
  network,
  shop,
}) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}`)
  await page.getByRole('button', { name: 'Take the best 2: Floor' }).click()
  await page.getByRole('button', { name: /^Pay/ }).click()
  await page.getByRole('button', { name: 'Cancel this booking' }).click()
  network.break('POST', /\/cancel$/, 'lost')
  await page.getByRole('button', { name: 'Yes, cancel it' }).click()
  await expect(page.getByText('You cancelled it')).toBeVisible()
  await expect(page.getByRole('dialog')).toBeHidden()
  // The money follows while the page is looked at.
  await expect(page.getByText(/^Paid: .*Refunded: /)).toBeVisible()
})
