import { bookTwoStanding, pay, submitLogIn } from './steps'
import { expect, focused, pointAtFreeSeat, test } from './test'

test('a customer finds a concert, selects seats by mouse, logs in, pays and sees the booking', async ({
  page,
  shop,
}) => {
  const concert = await shop.concert()
  const account = await shop.fan()
  await page.goto('/')
  await page.getByRole('searchbox').fill(concert.name)
  await expect(page).toHaveURL(/q=Concert/)
  await expect(page.getByRole('list', { name: 'Concerts' }).getByRole('listitem')).toHaveCount(1)
  await page.getByRole('link', { name: concert.name }).click()
  await expect(page.getByRole('heading', { level: 1, name: concert.name })).toBeVisible()
  await page.getByRole('link', { name: 'Choose your seats on the map' }).click()
  await page.getByRole('button', { name: /^Stalls / }).click()

  await expect.poll(() => pointAtFreeSeat(page)).toMatch(/^Stalls, row \d, seat \d+, IDR\s450,000$/)
  await page.mouse.down()
  await page.mouse.up()
  await page.getByRole('button', { name: 'Keep 1 seat' }).click()

  await expect(page.getByText('Log in to keep your seat')).toBeVisible()
  await submitLogIn(page, account)

  // The booking is placed after the log-in.
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await page.getByRole('button', { name: 'Pay IDR 450,000' }).click()
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
  await expect(page.getByText('Confirmed')).toBeVisible()

  await page.getByRole('link', { name: 'My bookings', exact: true }).click()
  await expect(page.getByRole('listitem').filter({ hasText: concert.name })).toContainText('Confirmed')
})

test('a customer finds a concert and books by keyboard only', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto('/')
  const tabTo = async (name: string | RegExp) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab')
      const is = await focused(page)
        .and(page.getByRole('link', { name }))
        .or(focused(page).and(page.getByRole('button', { name })))
        .or(focused(page).and(page.getByRole('searchbox', { name })))
        .count()
      if (is > 0) return
    }
    throw new Error(`the tab key never reaches ${name}`)
  }
  await expect(page.getByRole('article').first()).toBeVisible()
  await tabTo('Artist, concert, venue or city')
  await page.keyboard.type(concert.name)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article')).toHaveCount(1)
  await tabTo(concert.name)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('link', { name: 'Choose your seats on the map' })).toBeVisible()
  await tabTo('Choose your seats on the map')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: /^Stalls / })).toBeVisible()
  await tabTo(/^Stalls /)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Stalls' })).toBeFocused()
  await tabTo(/row 1, seat 1,/)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(focused(page)).toHaveAccessibleName('Stalls, row 1, seat 3, IDR 450,000')
  await page.keyboard.press('Space')
  await expect(focused(page)).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await tabTo('Keep 2 seats')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await tabTo('Pay IDR 900,000')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
  await expect(page.getByText('Confirmed')).toBeVisible()
  await expect(page.getByText('A-1-3')).toBeVisible()
  await expect(page.getByText('A-1-4')).toBeVisible()
})

test('the best seats are booked with one click', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}`)
  await page.getByRole('button', { name: 'One more' }).click()
  await page.getByRole('button', { name: 'Take the best 3: Stalls' }).click()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  const order = page.getByRole('region', { name: 'Your order' })
  await expect(order.getByText(/^A-1-\d+$/)).toHaveCount(3)
})

test('after a declined payment the seats are still held and can be paid', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await page.getByLabel('The bank declines').check()
  await pay(page)
  await expect(page.getByText('The payment was declined')).toBeVisible()
  await page.getByLabel('The bank approves').check()
  await pay(page)
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
})

test('a slow payment is followed, also after a reload', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await page.getByLabel('The bank takes a few seconds').check()
  await pay(page)
  await expect(page.getByText('Waiting for your bank')).toBeVisible()
  await page.reload()
  await expect(page.getByText('Confirmed')).toBeVisible()
})

test('a paid booking is cancelled and refunded', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await pay(page)
  await page.getByRole('button', { name: 'Cancel this booking' }).click()
  await page.getByRole('button', { name: 'Yes, cancel it' }).click()
  await expect(page.getByText('You cancelled it')).toBeVisible()
  await page.goto(`/concerts/${concert.id}`)
  await expect(page.getByRole('listitem').filter({ hasText: 'Floor' })).toContainText('50 of 50 left')
})
