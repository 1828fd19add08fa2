import { test as faulty } from './network'
import { chooseSeats, keepSeats } from './steps'
import { expect, test } from './test'

test('two fans want one seat: the second one sees a message beside the map and is offered the nearest', async ({
  fan,
  anotherFan,
  shop,
}) => {
  const concert = await shop.concert()
  const rival = await anotherFan()
  for (const page of [fan, rival]) {
    await chooseSeats(page, concert, 5, 6)
  }
  await keepSeats(rival)
  await expect(rival.getByText('Your seats are kept for')).toBeVisible()

  await expect(fan.getByText('Someone else was faster')).toBeVisible()
  await expect(fan.getByRole('button', { name: /row 1, seat 5,.*taken/ })).toBeDisabled()
  await fan.getByRole('button', { name: /^Take A-\d-\d, A-\d-\d instead$/ }).click()
  await keepSeats(fan)
  await expect(fan.getByText('Your seats are kept for')).toBeVisible()
})

test('of two simultaneous bookings of a seat exactly one succeeds', async ({ fan, anotherFan, shop }) => {
  const concert = await shop.concert()
  const rival = await anotherFan()
  // Neither page sees the other's booking before its own request.
  for (const page of [fan, rival]) {
    await page.route('**/events', (route) => route.abort())
    await chooseSeats(page, concert, 4)
  }
  await Promise.all([fan, rival].map((page) => page.getByRole('button', { name: 'Keep 1 seat' }).click()))
  const won = (page: typeof fan) => page.getByText('Your seats are kept for')
  const lost = (page: typeof fan) => page.getByText('A-1-4 was just taken.')
  for (const page of [fan, rival]) await expect(won(page).or(lost(page))).toBeVisible()
  const outcomes = await Promise.all([fan, rival].map((page) => won(page).isVisible()))
  expect(outcomes.filter(Boolean)).toHaveLength(1)
})

test('seats change as others book them', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(
    page.getByRole('button', { name: 'Stalls, row 1, seat 1, IDR 450,000', exact: true }),
  ).toBeEnabled()
  await shop.take(concert, ['A-1-1'])
  await expect(page.getByRole('button', { name: /row 1, seat 1,.*taken/ })).toBeDisabled()
  await expect(page.getByText('39 left')).toBeVisible()
})

test('the alternative for a lost seat is none of the selected seats', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  for (const seat of [3, 4, 5])
    await page.getByRole('button', { name: `Stalls, row 1, seat ${seat},` }).click()
  await shop.take(concert, ['A-1-4'])
  const offer = page.getByRole('button', { name: /^Take A-\d-\d instead$/ })
  await expect(offer).toBeVisible()
  await expect(offer).not.toHaveText(/A-1-[345]/)
  await offer.click()
  await keepSeats(page)
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await expect(page.getByText(/^A-\d-\d$/)).toHaveCount(3)
})

test('an alternative that is taken is replaced by another', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await chooseSeats(page, concert, 4, 5)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await shop.take(concert, ['A-1-4'])
  const offer = page.getByRole('button', { name: /^Take A-\d-\d instead$/ })
  const first = /A-\d-\d/.exec((await offer.textContent()) ?? '')?.[0] ?? ''
  await shop.take(concert, [first])
  await expect(offer).not.toContainText(first)
  await offer.click()
  await keepSeats(page)
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
})

test('a focused seat that is sold keeps the focus', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const seat = page.getByRole('button', { name: /row 1, seat 5,/ })
  await seat.focus()
  await shop.take(concert, ['A-1-5', 'A-1-6'])
  await expect(seat).toHaveAccessibleName(/taken$/)
  await expect(seat).toBeFocused()
  await page.keyboard.press('Space')
  await expect(page.getByText('No seats chosen yet')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('button', { name: /row 1, seat 7,/ })).toBeFocused()
})

for (const fault of ['bad gateway', 'late'] as const) {
  faulty(
    `a refusal whose answer is ${fault} offers none of the seats that are chosen`,
    async ({ fan: page, network, shop }) => {
      const concert = await shop.concert()
      // The page learns of the other booking only by the refusal.
      await page.route('**/events', (route) => route.abort())
      await chooseSeats(page, concert, 3, 4, 5)
      await shop.take(concert, ['A-1-4'])
      network.failNext('POST', /\/bookings$/, fault)
      await keepSeats(page)
      const offer = page.getByRole('button', { name: /^Take A-\d-\d instead$/ })
      await expect(offer).toBeVisible()
      await expect(offer).not.toHaveText(/A-1-[345]/)
      await offer.click()
      await keepSeats(page)
      await expect(page.getByText('Your seats are kept for')).toBeVisible()
      await expect(page.getByText(/^A-\d-\d$/)).toHaveCount(3)
    },
  )
}
