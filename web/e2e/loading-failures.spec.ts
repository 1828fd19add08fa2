import { test } from './network'
import { submitLogIn, submitRegistration } from './steps'
import { expect } from './test'

test('a page whose chunk failed to load is shown after a reload', async ({ page, network, shop }) => {
  const concert = await shop.concert()
  await page.goto('/?q=nothing')
  network.failNext('GET', /\/assets\/concert-page-.*\.js/, 'busy')
  await page.goto(`/?q=${concert.name}`)
  await page.getByRole('link', { name: concert.name }).click()
  await expect(page.getByRole('heading', { level: 1, name: concert.name })).toBeVisible()
})

test('the first page is shown although its script failed to load at first', async ({ page, network }) => {
  network.failNext('GET', /\/assets\/index-.*\.js/, 'busy')
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1, name: 'Find your next concert' })).toBeVisible()
})

test('forms retry while the server is overloaded and keep their input', async ({ page, network, shop }) => {
  const account = await shop.fan()
  await page.goto('/login')
  network.failNext('POST', /\/sessions$/, 'busy', 99)
  await submitLogIn(page, account)
  await expect(page.getByText('The shop is very busy right now. We are trying again')).toBeVisible()
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue(account.password)
  network.restore()
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('link', { name: `Your account, ${account.username}` })).toBeVisible()
})

test('an account is created although the answer was lost', async ({ page, network }) => {
  network.failNext('POST', /\/users$/, 'torn')
  await page.goto('/register')
  const username = await submitRegistration(page)
  await expect(page.getByRole('link', { name: `Your account, ${username}` })).toBeVisible()
})
