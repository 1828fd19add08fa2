import { chooseSeats, keepSeats } from './steps'
import { expect, expectAccessible, test } from './test'

// Long enough to open the page on a busy machine before the hold expires.
test.use({ settings: { BOXOFFICE__BOOKINGS__HOLD_SECONDS: '12' } })

test('a hold expires while the page is open, and its seats can be selected again', async ({
  fan: page,
  shop,
}) => {
  const concert = await shop.concert()
  await chooseSeats(page, concert, 5)
  await keepSeats(page)
  await expect(page.getByRole('timer')).toHaveText(/^0:[01]\d$/)

  await expect(page.getByRole('heading', { name: 'Your time ran out' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Choose seats again' }).click()
  await page.getByRole('button', { name: /^Stalls .*40 left/ }).click()
  await expect(
    page.getByRole('button', { name: 'Stalls, row 1, seat 5, IDR 450,000', exact: true }),
  ).toBeEnabled()
})
