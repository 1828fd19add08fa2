import type { Page } from '@playwright/test'
import { bookTwoStanding, pay } from './steps'
import { expect, openBeforeSale, test } from './test'

const MINUTE_MS = 60_000

/** From the next page on, the device's clock is ahead by this many minutes. */
async function shiftDeviceClock(page: Page, minutes: number): Promise<void> {
  await page.addInitScript((ahead) => {
    const True = Date
    globalThis.Date = class extends True {
      constructor(...given: []) {
        if (given.length === 0) super(True.now() + ahead)
        else super(...given)
      }
      static override now = () => True.now() + ahead
    } as DateConstructor
  }, minutes * MINUTE_MS)
}

for (const minutes of [10, -10]) {
  test.describe(`on a device whose clock is ${minutes} minutes off`, () => {
    test('a sale opens by the server’s clock', async ({ page, shop }) => {
      await shiftDeviceClock(page, minutes)
      await openBeforeSale(page, shop)
      await expect(page.getByText('The sale begins in')).toBeVisible()
      await expect(page.getByRole('timer')).toHaveText(/^0:[01]\d$/)
      await expect(page.getByRole('link', { name: 'Choose your seats on the map' })).toBeVisible()
      await page.getByRole('link', { name: 'Choose your seats on the map' }).click()
      await expect(page.getByRole('button', { name: /^Stalls / })).toBeVisible()
    })

    test('a hold counts down by the server’s clock', async ({ fan: page, shop }) => {
      const concert = await shop.concert()
      await shiftDeviceClock(page, minutes)
      await bookTwoStanding(page, concert)
      await expect(page.getByText('Your seats are kept for')).toBeVisible()
      await expect(page.getByRole('timer')).toHaveText(/^(10:00|9:\d\d)$/)
      await pay(page)
      await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
    })
  })
}
