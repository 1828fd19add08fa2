import { bookTwoStanding, chooseSeats, pay } from './steps'
import { expect, expectAccessible, focused, test } from './test'

/** The concerts on a page of the list. */
const PAGE = 24

test('following a link moves the focus to the new page, and the skip link skips the menu', async ({
  fan: page,
  shop,
}) => {
  const concert = await shop.concert()
  await page.goto(`/?q=${concert.name}`)
  await page.getByRole('link', { name: concert.name }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: concert.name })).toBeVisible()
  await expect(page.getByRole('main')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(focused(page)).toHaveAccessibleName('Choose your seats on the map')

  await page.goto('/bookings')
  await expect(page.getByText('No bookings yet')).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(focused(page)).toHaveAccessibleName('Skip to content')
  await expect(focused(page)).toBeInViewport()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(focused(page)).toHaveAccessibleName('Find a concert')
})

test('the next page of a list begins at the top', async ({ page, shop }) => {
  await shop.concerts(PAGE + 1, 'Residency')
  await page.goto('/?q=residency')
  await page.getByRole('link', { name: /^More concerts/ }).focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/cursor=/)
  await expect(page.getByRole('main')).toBeFocused()
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0)
})

test('a dialog traps the focus and restores it', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await pay(page)
  const cancel = page.getByRole('button', { name: 'Cancel this booking' })
  await cancel.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  const isInside = () => dialog.evaluate((element) => element.contains(document.activeElement))
  await expect.poll(isInside).toBe(true)
  for (let presses = 0; presses < 5; presses += 1) {
    await page.keyboard.press('Tab')
    expect(await isInside()).toBe(true)
  }
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(cancel).toBeFocused()

  await page.keyboard.press('Enter')
  await dialog.getByRole('button', { name: 'Yes, cancel it' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText('You cancelled it')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
})

test('selecting and removing seats never loses the focus', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats`)
  await page.getByRole('button', { name: /^Stalls / }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Stalls' })).toBeFocused()
  await page.getByRole('button', { name: /row 1, seat 5,/ }).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')

  await page.getByRole('button', { name: 'Remove A-1-5' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Remove A-1-6' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText('No seats chosen yet')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Your seats' })).toBeFocused()

  await page.getByRole('button', { name: 'All sections' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: /^Stalls / })).toBeFocused()
})

test('losing a seat is announced, and the alternative can be accepted by keyboard', async ({
  fan: page,
  shop,
}) => {
  const concert = await shop.concert()
  await chooseSeats(page, concert, 5)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await shop.take(concert, ['A-1-5'])
  await expect(page.getByText('Someone else was faster')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: /^Take A-\d-\d instead$/ }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeFocused()
})

test('a declined payment is announced and can be retried at once', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await page.getByLabel('The bank declines').check()
  const pay = page.getByRole('button', { name: /^Pay/ })
  await pay.focus()
  await page.keyboard.press('Enter')
  await expect(page.locator('[aria-live]', { hasText: 'The payment was declined' })).toBeVisible()
  await expect(pay).toBeFocused()
})

test('the first invalid field gets the focus', async ({ page, organiser }) => {
  await organiser.goto('/manage/new')
  await organiser.getByRole('button', { name: 'Save as a draft' }).click()
  await expect(organiser.getByLabel('Name of the concert')).toBeFocused()
  await page.context().clearCookies()
  await page.goto('/register')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByLabel('Username')).toBeFocused()
})
