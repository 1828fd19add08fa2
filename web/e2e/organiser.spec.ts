import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { MANAGER } from './shop'
import { fillRefund, submitLogIn } from './steps'
import { expect, test } from './test'

const figure = (page: Page, name: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .first()

test('an organiser creates and publishes a concert, sees a sale arrive and cancels', async ({
  organiser: page,
  shop,
}) => {
  const name = `Gamelan ${randomBytes(3).toString('hex')}`
  await page.goto('/manage')
  await page.getByRole('link', { name: 'New concert' }).click()
  const fields = {
    'Name of the concert': name,
    Artist: 'Orkes Pagi',
    Venue: 'Gedung Kesenian',
    City: 'Bandung',
    'Time zone': 'Asia/Jakarta',
    'The concert begins': '2029-05-31T20:00',
    'Section name': 'Stalls',
    Rows: '3',
    'Seats per row': '10',
    'Aisles after seat': '5',
    'Price in IDR': '450.000',
  }
  for (const [label, text] of Object.entries(fields)) {
    await page.getByLabel(label, { exact: true }).fill(text)
  }
  await expect(page.getByRole('img', { name: 'Map of 1 section with 30 tickets' })).toBeVisible()
  await page.getByRole('button', { name: 'Save as a draft' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(page.getByText('Thursday, 31 May 2029, 20:00 GMT+7')).toBeVisible()
  await page.getByRole('link', { name: 'Preview' }).click()
  await expect(page.getByText('only members of its organiser see it')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await page.getByRole('link', { name: 'Back to the draft' }).click()
  await page.getByRole('button', { name: 'Publish' }).click()
  const asked = page.getByRole('dialog')
  await expect(asked.getByText('tickets are on sale right away')).toBeVisible()
  await asked.getByRole('button', { name: 'Publish' }).click()
  await expect(page.getByText('On sale')).toBeVisible()
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(figure(page, 'Tickets sold')).toHaveText('0')

  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await shop.sell({ id }, ['A-2-5', 'A-2-6'])
  await expect(figure(page, 'Tickets sold')).toHaveText('2')
  await expect(figure(page, 'Net revenue')).toHaveText(/^IDR\s900,000$/)

  await page.getByRole('link', { name: 'Bookings', exact: true }).click()
  await page
    .getByRole('row', { name: /A-2-5, A-2-6/ })
    .getByRole('link')
    .click()
  await fillRefund(page)
  await page.getByRole('button', { name: /^Refund IDR/ }).click()
  await expect(page.getByText(/is on its way/)).toBeVisible()

  await page.getByRole('button', { name: 'Cancel the concert …' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('1 booking is cancelled: 1 paid, 0 not paid yet.')).toBeVisible()
  await expect(dialog.getByText(/^IDR\s800,000 is refunded to the customers\.$/)).toBeVisible()
  await dialog.getByRole('textbox').fill(name)
  await dialog.getByRole('button', { name: 'Cancel the concert' }).click()
  await expect(page.getByText('Cancelled', { exact: true }).first()).toBeVisible()
  await page.goto(`/manage/${id}`)
  await expect(figure(page, 'Tickets sold')).toHaveText('0')
  // The refunds appear without a reload.
  await expect(figure(page, 'Refunded')).toHaveText(/^IDR\s900,000$/)
  await expect(figure(page, 'Refunds on their way')).toHaveText(/^IDR\s0$/)
  await expect(figure(page, 'Net revenue')).toHaveText(/^IDR\s0$/)
  await expect(figure(page, 'Gross revenue')).toHaveText(/^IDR\s900,000$/)
  await page.goto(`/concerts/${id}`)
  await expect(page.getByText('This concert is cancelled').first()).toBeVisible()
})

test('an organiser marks seats on the layout by mouse and by keyboard', async ({ organiser: page }) => {
  await page.goto('/manage/new')
  await page.getByLabel('Rows', { exact: true }).fill('3')
  await page.getByLabel('Seats per row').fill('10')
  const plan = page.getByRole('img', { name: 'Map of 1 section with 30 tickets' })
  const box = await plan.boundingBox()
  if (!box) throw new Error('the plan has no size')
  // The last seat of the front row: 100 units wide and 30 deep lie 30 from the sides and 90 below the top.
  await plan.click({ position: { x: (box.width * 125) / 160, y: (box.height * 95) / 150 } })
  await expect(page.getByLabel('Wheelchair, row 1')).toHaveValue('10')
  await expect(page.getByText('Section 1, row 1, seat 10: Wheelchair')).toBeVisible()

  await page.locator('label', { hasText: 'Companion' }).click()
  await page.getByRole('application', { name: 'Map for marking seats' }).focus()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Space')
  await expect(page.getByLabel('Companion, row 1')).toHaveValue('9')
  await page.getByLabel('Companion, row 1').fill('8-9')
  await expect(page.getByText('Section 1, row 1, seat 9: Companion')).toBeVisible()
  await page.keyboard.press('Tab')
  await page.getByRole('application', { name: 'Map for marking seats' }).focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByText('Section 1, row 1, seat 8: Companion')).toBeVisible()
})

test('an organiser finds a booking by its reference and by its customer', async ({
  organiser: page,
  shop,
}) => {
  const concert = await shop.concert()
  await shop.sell(concert, ['A-1-1'])
  await shop.take(concert, ['A-1-2'])
  await page.goto(`/manage/${concert.id}/bookings`)
  const rows = page.getByRole('row').filter({ has: page.getByRole('rowheader') })
  await expect(rows).toHaveCount(2)
  const sold = rows.filter({ hasText: 'A-1-1' })
  const reference = (await sold.getByRole('link').textContent()) ?? ''
  const username = (await sold.getByRole('cell').nth(2).textContent()) ?? ''

  await page.getByRole('searchbox').fill(reference.slice(0, 5).toLowerCase())
  await expect(rows).toHaveText([/A-1-1/])
  await page.getByRole('searchbox').fill(username)
  await expect(rows.first()).toContainText(username)
  await page.getByLabel('Status').selectOption('Not paid yet')
  await page.getByRole('searchbox').fill('')
  await expect(rows).toHaveText([/A-1-2/])
  await page.reload()
  await expect(rows).toHaveText([/A-1-2/])
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Bookings as CSV' }).click(),
  ])
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain(',pending,')
})

test('an organiser blocks and unblocks seats by mouse and by keyboard', async ({ organiser: page, shop }) => {
  const concert = await shop.concert()
  await page.goto(`/manage/${concert.id}/seats`)
  const plan = page.getByRole('application', { name: 'Seats of Stalls' })
  const box = await plan.locator('svg').boundingBox()
  if (!box) throw new Error('the plan has no size')
  // Drags over the second row, from its label to beyond its end.
  const y = box.y + box.height * 0.375
  await page.mouse.move(box.x + box.width * 0.21, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.99, y, { steps: 5 })
  await page.mouse.up()
  await page.getByRole('button', { name: 'Block 10' }).click()
  await expect(page.getByText('10 tickets are now blocked.')).toBeVisible()
  await expect(page.getByText('blocked · 10')).toBeVisible()

  await plan.focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByText('A-2-1, blocked')).toBeAttached()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowRight')
  await page.getByRole('button', { name: 'Unblock 2' }).click()
  await expect(page.getByText('blocked · 8')).toBeVisible()

  await shop.take(concert, ['A-2-1'])
  await expect(page.getByText('in an unpaid booking · 1')).toBeVisible()
})

test('concurrent changes of two organisers are merged, and no input is lost', async ({
  organiser: page,
  shop,
}) => {
  const concert = await shop.concert()
  await page.goto(`/manage/${concert.id}/details`)
  const name = page.getByLabel('Name of the concert', { exact: true })
  const description = page.getByLabel('Description', { exact: true })
  await name.fill('Mine')
  await description.fill('A long text that was typed for an hour.')
  const theirs = await shop.as(MANAGER)
  const changed = await theirs.patch(`/api/v1/concerts/${concert.id}`, {
    data: { name: 'Theirs', venue: 'Their Hall' },
    headers: { 'If-Match': `"${concert.revision + 1}"` },
  })
  expect(changed.status(), await changed.text()).toBe(200)
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Your changes are still here, but not saved yet.')).toBeVisible()
  await expect(name).toHaveValue('Mine')
  await expect(description).toHaveValue('A long text that was typed for an hour.')
  await expect(page.getByLabel('Venue', { exact: true })).toHaveValue('Their Hall')
  await page.getByRole('button', { name: 'Use theirs for Name of the concert' }).click()
  await expect(name).toHaveValue('Theirs')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  await page.reload()
  await expect(name).toHaveValue('Theirs')
  await expect(description).toHaveValue('A long text that was typed for an hour.')
  await expect(page.getByLabel('Venue', { exact: true })).toHaveValue('Their Hall')
})

test('editing the description of a concert in the repeated hour keeps its time', async ({
  organiser: page,
  shop,
}) => {
  // The second 02:30 of the night in which clocks go back in Berlin.
  const starts_at = '2029-10-28T01:30:00Z'
  const concert = await shop.concert({ time_zone: 'Europe/Berlin', starts_at })
  const read = async () => (await page.request.get(`/api/v1/concerts/${concert.id}`)).json()
  await page.goto(`/manage/${concert.id}/details`)
  const starts = page.getByLabel('The concert begins', { exact: true })
  await expect(starts).toHaveValue('2029-10-28T02:30')
  const which = page.getByLabel('The concert begins: Clocks show this time twice. Which one?')
  await expect(which).toHaveValue('UTC+1')
  await page.getByLabel('Description').fill('Two sets, one interval.')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  expect(await read()).toMatchObject({ starts_at, description: 'Two sets, one interval.' })

  await which.selectOption('The first, UTC+2')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  await expect.poll(async () => (await read()).starts_at).toBe('2029-10-28T00:30:00Z')

  await starts.fill('2029-03-25T02:30')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('skip this time; the next one is 03:00')).toBeVisible()
})

test('an administrator makes a customer an organiser', async ({ admin: page, shop, browser, baseURL }) => {
  const account = await shop.fan()
  await page.goto('/admin/users')
  await page.getByRole('searchbox').fill(account.username)
  await page.getByLabel(`Role of ${account.username}`).selectOption('Organiser')
  await page.getByRole('dialog').getByRole('button', { name: 'Change the role' }).click()
  await expect(page.getByText(`${account.username} is now: Organiser.`)).toBeVisible()
  await page.reload()
  await expect(page.getByLabel(`Role of ${account.username}`)).toHaveValue('manager')

  const theirs = await browser.newContext({ ...(baseURL && { baseURL }), locale: 'en-GB' })
  const other = await theirs.newPage()
  await other.goto('/login')
  await submitLogIn(other, account)
  await other.getByRole('link', { name: 'My concerts' }).click()
  await expect(other.getByRole('heading', { name: 'No concerts yet' })).toBeVisible()
  await other.goto('/admin/users')
  await expect(other.getByRole('heading', { name: 'You have no access to this page' })).toBeVisible()
  await theirs.close()
})
