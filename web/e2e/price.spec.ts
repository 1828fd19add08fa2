import type { Page } from '@playwright/test'
import { chooseSeats, keepSeats, submitLogIn } from './steps'
import { expect, logIn, test } from './test'

const DEARER = 60_000_000

/** Blocks the event stream of the page. */
async function blockEvents(page: Page): Promise<void> {
  await page.route('**/events', (route) => route.abort())
}

test('seats with a raised price are booked only after the new total was accepted', async ({ page, shop }) => {
  const fan = await shop.fan()
  await logIn(page.context(), fan)
  await blockEvents(page)
  const concert = await shop.concert()
  await chooseSeats(page, concert, 4, 5)
  await shop.reprice(concert, 'A', DEARER)
  await keepSeats(page)

  const news = page.getByRole('alert').filter({ hasText: 'The price has changed' })
  await expect(news).toContainText(/were IDR\s900,000 and are IDR\s1,200,000 now/)
  await expect(page.getByRole('button', { name: 'Remove A-1-4' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-5' })).toBeVisible()
  await expect(page.getByText(/^Total\s*IDR\s1,200,000$/)).toBeVisible()
  expect(await shop.bookingsOf(fan)).toEqual([])

  await news.getByRole('button', { name: 'Continue at the new price' }).click()
  await expect(page.getByRole('button', { name: /^Pay IDR\s1,200,000$/ })).toBeVisible()
  await expect(page.getByText('A-1-4')).toBeVisible()
  expect(await shop.bookingsOf(fan)).toHaveLength(1)
})

test('the best tickets of a section are not taken at a price that was not shown', async ({ page, shop }) => {
  const fan = await shop.fan()
  await logIn(page.context(), fan)
  await blockEvents(page)
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}`)
  await page.getByRole('button', { name: 'One more' }).click()
  await expect(page.getByText('40 of 40 left')).toBeVisible()
  await shop.reprice(concert, 'A', DEARER)
  const take = page.getByRole('button', { name: 'Take the best 3: Stalls' })
  await take.click()
  const news = page.getByRole('alert').filter({ hasText: 'The price has changed' })
  await expect(news).toContainText(/were IDR\s1,350,000 and are IDR\s1,800,000 now/)
  expect(await shop.bookingsOf(fan)).toEqual([])

  // A changed number of tickets is a new request, at the price that is shown now.
  await page.getByRole('button', { name: 'One fewer' }).click()
  await expect(news).toBeHidden()
  await expect(page.getByRole('listitem').filter({ hasText: 'Stalls' })).toContainText(/IDR\s600,000/)
  await page.getByRole('button', { name: 'Take the best 2: Stalls' }).click()
  await expect(page.getByRole('button', { name: /^Pay IDR\s1,200,000$/ })).toBeVisible()
})

test('a price raised during the log-in must be accepted, and the selection is kept', async ({
  page,
  shop,
}) => {
  const fan = await shop.fan()
  const concert = await shop.concert()
  await chooseSeats(page, concert, 4)
  await keepSeats(page)
  await expect(page.getByText('Log in to keep your seat')).toBeVisible()
  await shop.reprice(concert, 'A', DEARER)
  await submitLogIn(page, fan)

  await expect(page.getByText('The price has changed', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-4' })).toBeVisible()
  await page.getByRole('button', { name: 'Continue at the new price' }).click()
  await expect(page.getByRole('button', { name: /^Pay IDR\s600,000$/ })).toBeVisible()
})

test('a total has the decimals of the prices, from the map to the booking', async ({ fan: page, shop }) => {
  const section = {
    code: 'A',
    name: 'Stalls',
    kind: 'seated',
    price: 12_500,
    rows: 2,
    seats_per_row: 10,
  } as const
  const concert = await shop.concert({ currency: 'KWD', sections: [section] })
  await chooseSeats(page, concert, 4, 5)
  await expect(page.getByText(/^Total\s*KWD\s25\.000$/)).toBeVisible()
  await keepSeats(page)
  await page.getByRole('button', { name: /^Pay KWD\s25\.000$/ }).click()
  await expect(page.getByText(/^Paid: KWD\s25\.000$/)).toBeVisible()
})
