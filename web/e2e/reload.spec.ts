import type { Page } from '@playwright/test'
import { after, MANAGER } from './shop'
import { bookTwoStanding, submitLogIn } from './steps'
import { expect, test } from './test'

const WEEK_MS = 604_800_000

/** Opens a page, waits for its content, and expects the same URL and content after a reload. */
async function expectSameAfterReload(page: Page, address: string, sign: string | RegExp): Promise<void> {
  const isThere = () => expect(page.getByText(sign).filter({ visible: true }).first()).toBeVisible()
  await page.goto(address)
  await isThere()
  const { href } = new URL(page.url())
  await page.reload()
  await isThere()
  expect(page.url()).toBe(href)
}

test('search, section and selected seats survive a reload', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await page.goto('/')
  await page.getByRole('searchbox').fill(concert.name)
  await page.getByLabel('When').selectOption('quarter')
  await expect(page).toHaveURL(/when=quarter/)
  await page.reload()
  await expect(page.getByRole('searchbox')).toHaveValue(concert.name)
  await expect(page.getByRole('article')).toHaveCount(1)

  await page.getByRole('link', { name: concert.name }).click()
  await page.getByRole('link', { name: 'Choose your seats on the map' }).click()
  await page.getByRole('button', { name: /^Stalls / }).click()
  await page.getByRole('button', { name: /row 1, seat 2,/ }).click()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Stalls' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove A-1-2' })).toBeVisible()

  await page.getByRole('button', { name: 'Keep 1 seat' }).click()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await page.reload()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await page.goBack()
  await expect(page.getByText('No seats chosen yet')).toBeVisible()
})

test('every public page survives a reload', async ({ page, shop }) => {
  const concert = await shop.concert()
  const soon = await shop.concert({ sales_start_at: after(WEEK_MS) })
  await expectSameAfterReload(page, `/?q=${concert.name}&when=quarter&sort=name`, concert.name)
  await expectSameAfterReload(page, `/concerts/${concert.id}`, '40 of 40 left')
  await expectSameAfterReload(page, `/concerts/${soon.id}`, 'The sale begins in')
  await expectSameAfterReload(page, `/concerts/${concert.id}/seats?section=GA`, 'places here have no numbers')
  await expectSameAfterReload(page, '/login', 'Username or e-mail')
  await expectSameAfterReload(page, '/register', 'Create account')
  await expectSameAfterReload(page, '/no/such/page', 'Page not found')

  // A visitor who is redirected to the log-in returns to the page after a reload.
  await page.goto('/bookings')
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible()
  await page.reload()
  await submitLogIn(page, await shop.fan())
  await expect(page.getByText('No bookings yet')).toBeVisible()
  await expect(page).toHaveURL(/\/bookings$/)
})

test('every page of a customer survives a reload', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  const checkout = new URL(page.url()).pathname
  await expectSameAfterReload(page, checkout, 'Your seats are kept for')
  await expectSameAfterReload(page, '/basket', 'Release seats')
  await expectSameAfterReload(page, '/bookings', 'Not paid yet')
  await expectSameAfterReload(page, checkout.replace('checkout', 'bookings'), 'Your seats are kept for')
  await expectSameAfterReload(page, '/account', 'Change e-mail or password')
})

test('every page of an organiser survives a reload', async ({ organiser: page, shop }) => {
  const concert = await shop.concert()
  const { username } = await shop.sell(concert, ['A-1-1', 'A-1-2'])
  const pages = `/manage/${concert.id}`
  await expectSameAfterReload(page, `/manage?q=${concert.name}&when=all`, concert.name)
  await expect(page.getByRole('searchbox')).toHaveValue(concert.name)
  await expect(page.getByRole('radio', { name: 'All', exact: true })).toBeChecked()
  await expectSameAfterReload(page, pages, 'Over time')
  await expectSameAfterReload(page, `${pages}/bookings?q=${username}&status=confirmed`, 'A-1-1, A-1-2')
  await expect(page.getByRole('searchbox')).toHaveValue(username)
  await page.getByRole('row', { name: /A-1-1/ }).getByRole('link').click()
  await expectSameAfterReload(page, page.url(), 'Refund part of it')
  await expectSameAfterReload(page, `${pages}/seats?section=GA`, 'To number')
  await expectSameAfterReload(page, `${pages}/details`, 'Save changes')
  await expectSameAfterReload(page, '/manage/new', 'Seating map so far')
  await expectSameAfterReload(page, `/manage/new?from=${concert.id}`, 'Seating map so far')

  const name = page.getByLabel('Name of the concert')
  await name.fill('Half a plan')
  await page.reload()
  await expect(name).toHaveValue('Half a plan')
  await page.getByRole('button', { name: 'Start over' }).click()
  await expect(name).toHaveValue(concert.name)
})

test('every page of an administrator survives a reload', async ({ admin: page }) => {
  await expectSameAfterReload(
    page,
    `/admin/users?q=${MANAGER.username}&role=manager&status=active`,
    MANAGER.username,
  )
  await expect(page.getByRole('searchbox')).toHaveValue(MANAGER.username)
})

test('a reload and the back button restore the scroll position of a long list', async ({ page, shop }) => {
  await shop.concerts(12, 'Season')
  const top = () => page.evaluate(() => window.scrollY)
  await page.goto('/?q=season')
  await expect(page.getByRole('article')).toHaveCount(12)
  const last = page.getByRole('article').last().getByRole('link')
  await last.scrollIntoViewIfNeeded()
  const before = await top()
  expect(before).toBeGreaterThan(300)
  await page.reload()
  await expect.poll(top).toBeGreaterThan(before - 100)
  await expect(last).toBeInViewport()
  await last.click()
  await expect(page.getByRole('heading', { name: 'Tickets' })).toBeVisible()
  await expect.poll(top).toBe(0)
  await page.goBack()
  await expect.poll(top).toBeGreaterThan(before - 100)
})
