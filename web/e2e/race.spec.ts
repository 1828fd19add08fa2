import { expect, test } from './test'

test('two fans want one seat: the loser is told in place and offered the nearest', async ({
  fan,
  another,
  shop,
}) => {
  const concert = await shop.concert()
  const rival = await another()
  for (const page of [fan, rival]) {
    await page.goto(`/concerts/${concert.id}/seats?section=A`)
    await page.getByRole('button', { name: /row 1, seat 5,/ }).click()
    await page.getByRole('button', { name: /row 1, seat 6,/ }).click()
  }
  await rival.getByRole('button', { name: 'Keep 2 seats' }).click()
  await expect(rival.getByText('Your seats are kept for')).toBeVisible()

  await expect(fan.getByText('Somebody was faster')).toBeVisible()
  await expect(fan.getByRole('button', { name: /row 1, seat 5,.*taken/ })).toBeDisabled()
  await fan.getByRole('button', { name: /^Take A-\d-\d, A-\d-\d instead$/ }).click()
  await fan.getByRole('button', { name: 'Keep 2 seats' }).click()
  await expect(fan.getByText('Your seats are kept for')).toBeVisible()
})

test('who asks at the same moment gets a true answer each', async ({ fan, another, shop }) => {
  const concert = await shop.concert()
  const rival = await another()
  // Neither hears of the other before it asks.
  for (const page of [fan, rival]) {
    await page.route('**/events', (route) => route.abort())
    await page.goto(`/concerts/${concert.id}/seats?section=A`)
    await page.getByRole('button', { name: /row 1, seat 4,/ }).click()
  }
  await Promise.all([fan, rival].map((page) => page.getByRole('button', { name: 'Keep 1 seat' }).click()))
  const won = (page: typeof fan) => page.getByText('Your seats are kept for')
  const lost = (page: typeof fan) => page.getByText('A-1-4 was just taken.')
  for (const page of [fan, rival]) await expect(won(page).or(lost(page))).toBeVisible()
  const outcomes = await Promise.all([fan, rival].map((page) => won(page).isVisible()))
  expect(outcomes.filter(Boolean)).toHaveLength(1)
})

test('seats turn as others take them', async ({ fan: page, shop }) => {
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
