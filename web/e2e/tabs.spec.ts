import type { Page } from '@playwright/test'
import { test as faulty } from './network'
import type { Account } from './shop'
import { bookTwoStanding, chooseSeats, keepSeats, submitLogIn } from './steps'
import { expect, test } from './test'

const REFRESH = /\/sessions\/refresh$/

const account = (page: Page, { username }: Account) =>
  page.getByRole('link', { name: `Your account, ${username}` })

test('seven tabs of a concert are live, and one can book', async ({ fan: page, context, shop }) => {
  const concert = await shop.concert()
  const windows = [page]
  while (windows.length < 7) windows.push(await context.newPage())
  for (const window of windows) {
    await window.goto(`/concerts/${concert.id}/seats?section=A`)
    await expect(window.getByText('Live', { exact: true })).toBeVisible()
  }
  await shop.take(concert, ['A-1-1'])
  for (const window of windows) await expect(window.getByText('39 left')).toBeVisible()

  // Another tab takes the stream over.
  await page.close()
  const last = windows[6] ?? page
  await last.getByRole('button', { name: /row 1, seat 5,/ }).click()
  await keepSeats(last)
  await expect(last.getByText('Your seats are kept for')).toBeVisible()
  await expect((windows[1] ?? page).getByText('38 left')).toBeVisible()
})

test('six tabs of six concerts leave connections for a booking', async ({ fan: page, context, shop }) => {
  const windows = [page]
  while (windows.length < 6) windows.push(await context.newPage())
  for (const window of windows) {
    const concert = await shop.concert()
    await window.goto(`/concerts/${concert.id}`)
    await expect(window.getByText('40 of 40 left')).toBeVisible()
  }
  const last = windows[5] ?? page
  await last.getByRole('button', { name: 'Take the best 2: Floor' }).click()
  await last.getByRole('button', { name: /^Pay/ }).click()
  await expect(last.getByRole('heading', { name: 'See you there' })).toBeVisible()
})

test('all tabs follow a log-out, and a log-in as another person', async ({ page, context, shop }) => {
  const [ana, ben] = [await shop.fan(), await shop.fan()]
  const concert = await shop.concert()
  await page.goto('/login')
  await submitLogIn(page, ana)
  await expect(account(page, ana)).toBeVisible()
  await bookTwoStanding(page, concert)
  await page.goto('/bookings')
  await expect(page.getByText('Not paid yet')).toBeVisible()

  const other = await context.newPage()
  await other.goto('/account')
  await other.getByRole('button', { name: 'Log out' }).click()
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible()
  await expect(page.getByText('Not paid yet')).toBeHidden()

  await other.goto('/login')
  await submitLogIn(other, ben)
  await expect(account(page, ben)).toBeVisible()
  await expect(page.getByText('No bookings yet')).toBeVisible()
})

test('a tab that missed a change of user books nothing', async ({ page, context, shop }) => {
  const [ana, ben] = [await shop.fan(), await shop.fan()]
  const concert = await shop.concert()
  // Simulates a sleeping tab, which misses storage events.
  await page.addInitScript(() =>
    window.addEventListener('storage', (event) => event.stopImmediatePropagation(), true),
  )
  await page.goto('/login')
  await submitLogIn(page, ana)
  await expect(account(page, ana)).toBeVisible()
  await page.goto(`/concerts/${concert.id}`)
  await expect(account(page, ana)).toBeVisible()
  const other = await context.newPage()
  await other.goto('/account')
  await other.getByRole('button', { name: 'Log out' }).click()
  await expect(other.getByRole('banner').getByRole('link', { name: 'Log in' })).toBeVisible()
  await other.goto('/login')
  await submitLogIn(other, ben)
  await expect(account(other, ben)).toBeVisible()

  await page.getByRole('button', { name: 'Take the best 2: Floor' }).click()
  await expect(account(page, ben)).toBeVisible()
  await expect(page.getByText('50 of 50 left')).toBeVisible()
  for (const fan of [ana, ben]) {
    const api = await shop.as(fan)
    const { items } = await (await api.get('/api/v1/bookings')).json()
    expect(items).toEqual([])
    await api.dispose()
  }
})

faulty('a session survives a lost answer to its refresh', async ({ fan: page, network }) => {
  network.failNext('POST', REFRESH, 'torn')
  await page.goto('/bookings')
  await expect(page.getByText('No bookings yet')).toBeVisible()
  await page.reload()
  await expect(page.getByText('No bookings yet')).toBeVisible()
})

faulty('no tab is logged out when one of them loses an answer', async ({ fan: page, network, context }) => {
  await page.goto('/bookings')
  await expect(page.getByText('No bookings yet')).toBeVisible()
  const other = await context.newPage()
  network.failNext('POST', REFRESH, 'bad gateway', 2)
  await Promise.all([other.goto('/account'), page.reload()])
  await expect(other.getByText('Change e-mail or password')).toBeVisible()
  await expect(page.getByText('No bookings yet')).toBeVisible()
})

faulty('a late answer to a refresh does not log the user out', async ({ fan: page, network }) => {
  network.failNext('POST', REFRESH, 'late')
  await page.goto('/bookings')
  await expect(page.getByText('No bookings yet')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeHidden()
})

for (const fault of ['bad gateway', 'late'] as const) {
  faulty(
    `seven windows are live, and one buys, although streams are ${fault}`,
    async ({ fan: page, network, context, shop }) => {
      const concert = await shop.concert()
      network.failNext('GET', /\/events$/, fault, 2)
      const windows = [page]
      while (windows.length < 7) windows.push(await context.newPage())
      for (const window of windows) await chooseSeats(window, concert)
      for (const window of windows) await expect(window.getByText('Live', { exact: true })).toBeVisible()
      const last = windows[6] ?? page
      await last.getByRole('button', { name: /row 1, seat 5,/ }).click()
      await keepSeats(last)
      await expect(last.getByText('Your seats are kept for')).toBeVisible()
      await expect(page.getByText('39 left')).toBeVisible()
    },
  )
}
