import { bookTwoStanding } from './steps'
import { expect, test } from './test'

test('every page shows the hold’s countdown, and the basket releases the seats', async ({
  fan: page,
  shop,
}) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await expect(page.getByRole('timer')).toBeVisible()
  await page.goto('/')
  await expect(page.getByRole('complementary', { name: 'Your seats' })).toContainText(
    '2 seats are kept for you',
  )
  await page.goto('/basket')
  await page.getByRole('button', { name: 'Release seats' }).click()
  await expect(page.getByRole('heading', { name: 'Your basket is empty' })).toBeVisible()
})
