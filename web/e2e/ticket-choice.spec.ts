import type { components } from '../src/api/schema'
import { test as faulty } from './network'
import { bookTwoStanding, chooseSeats, keepSeats, submitLogIn, submitRegistration } from './steps'
import { expect, test } from './test'

type Section = components['schemas']['CreateConcert']['sections'][number]

/** A section with a price for students. */
const STALLS = {
  code: 'A',
  name: 'Stalls',
  kind: 'seated',
  rows: 4,
  seats_per_row: 10,
  prices: [
    { code: 'standard', name: 'Standard', price: 45_000_000, audience: 'anyone' },
    { code: 'student', name: 'Students', price: 30_000_000, audience: 'anyone' },
  ],
} satisfies Section

test('the number of tickets and the category survive the map, a log-in and the back link', async ({
  page,
  shop,
}) => {
  const concert = await shop.concert({ sections: [STALLS] })
  const account = await shop.fan()
  await page.goto(`/concerts/${concert.id}`)
  const [howMany, forWhom] = [
    page.getByLabel('Number of tickets'),
    page.getByRole('combobox', { name: 'Price category' }),
  ]
  await page.getByRole('button', { name: 'One more' }).click()
  await forWhom.selectOption('Students')
  await expect(howMany).toHaveValue('3')

  await page.getByRole('banner').getByRole('link', { name: 'Log in' }).click()
  await submitLogIn(page, account)
  await expect(howMany).toHaveValue('3')
  await expect(forWhom).toHaveValue('student')

  await page.getByRole('link', { name: 'Choose your seats on the map' }).click()
  await expect(page.getByRole('combobox', { name: 'Price category' })).toHaveValue('student')
  await page.getByRole('button', { name: /^Stalls / }).click()
  await expect(page.getByRole('button', { name: 'Take the best 3 here' })).toBeVisible()
  await page.getByRole('link', { name: 'Back to the concert' }).click()
  await expect(howMany).toHaveValue('3')
  await expect(forWhom).toHaveValue('student')
})

test('a selected seat that the new category does not have cannot be booked', async ({ page, shop }) => {
  const [standard] = STALLS.prices
  const balcony = { ...STALLS, code: 'B', name: 'Balcony', prices: standard ? [standard] : [] }
  const concert = await shop.concert({ sections: [STALLS, balcony] })
  await page.goto(`/concerts/${concert.id}/seats?section=B`)
  await page.getByRole('button', { name: 'Balcony, row 1, seat 2,' }).click()
  await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeEnabled()
  await page.getByRole('combobox', { name: 'Price category' }).selectOption('Students')
  await expect(page.getByText('B-1-2 is not sold in this price category')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeDisabled()
  await expect(page.getByText('Free', { exact: true })).toHaveCount(0)
  await page.getByRole('combobox', { name: 'Price category' }).selectOption('Standard')
  await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeEnabled()
})

test('a visitor’s booking is placed after the registration', async ({ page, shop }) => {
  const concert = await shop.concert({ sections: [STALLS] })
  await page.goto(`/concerts/${concert.id}?quantity=5&category=student`)
  await page.getByRole('button', { name: 'Take the best 5: Stalls' }).click()
  await expect(page.getByText('Log in to keep your 5 seats')).toBeVisible()
  await page.reload()
  await page.getByRole('main').getByRole('link').click()
  await expect(page.getByText('Create an account to keep your 5 seats')).toBeVisible()
  await submitRegistration(page)
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await expect(page.getByText(/^A-1-\d+$/)).toHaveCount(5)
  await expect(page.getByText(/Students/).first()).toBeVisible()
})

test('a double click books once, and the back button works', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/bookings')) asked.push(request.url())
  })
  await page.goto('/')
  await page.goto(`/concerts/${concert.id}`)
  await page.getByRole('button', { name: 'Take the best 2: Floor' }).dblclick()
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  expect(asked).toHaveLength(1)
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: concert.name })).toBeVisible()
})

test('a double click on the payment button does not hit the next page', async ({ fan: page, shop }) => {
  const concert = await shop.concert()
  await bookTwoStanding(page, concert)
  const pay = page.getByRole('button', { name: /^Pay/ })
  const box = await pay.boundingBox()
  if (!box) throw new Error('the button has no size')
  await pay.click()
  await expect(page.getByRole('button', { name: 'Cancel this booking' })).toBeVisible()
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
  await expect(page.getByRole('dialog')).toBeHidden()
})

test('the seat map closes when the sale ends', async ({ page, shop }) => {
  const SOON_MS = 12_000
  const warm = await shop.concert()
  await page.goto(`/concerts/${warm.id}/seats`)
  await expect(page.getByRole('button', { name: /^Stalls / })).toBeVisible()
  const concert = await shop.concert({ sales_end_at: new Date(Date.now() + SOON_MS).toISOString() })
  await page.goto(`/concerts/${concert.id}/seats`)
  await expect(page.getByRole('button', { name: /^Stalls / })).toBeVisible()
  await expect(page.getByText('The sale has ended')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Take/ })).toHaveCount(0)
})

faulty(
  'a visitor’s booking is placed once although the answers to the log-in and the booking were lost',
  async ({ page, network, shop }) => {
    const concert = await shop.concert({ sections: [STALLS] })
    const account = await shop.fan()
    await page.goto(`/concerts/${concert.id}?quantity=5&category=student`)
    await page.getByRole('button', { name: 'Take the best 5: Stalls' }).click()
    await expect(page.getByText('Log in to keep your 5 seats')).toBeVisible()
    network.failNext('POST', /\/sessions$/, 'lost')
    network.failNext('POST', /\/bookings$/, 'torn')
    await submitLogIn(page, account)
    await expect(page.getByText('Your seats are kept for')).toBeVisible()
    await expect(page.getByText(/^A-1-\d+$/)).toHaveCount(5)
    await expect(page.getByText(/Students/).first()).toBeVisible()
    expect(await shop.bookingsOf(account)).toHaveLength(1)
  },
)

faulty(
  'a visitor’s selected seats are booked after a registration with late answers',
  async ({ page, network, shop }) => {
    const concert = await shop.concert({ sections: [STALLS] })
    await chooseSeats(page, concert, 4, 5)
    await keepSeats(page)
    await page.getByRole('main').getByRole('link', { name: 'Create an account' }).click()
    await expect(page.getByText('Create an account to keep your 2 seats')).toBeVisible()
    network.failNext('POST', /\/users$/, 'late')
    network.failNext('POST', /\/sessions$/, 'bad gateway')
    network.failNext('POST', /\/bookings$/, 'late')
    await submitRegistration(page)
    await expect(page.getByText('Your seats are kept for')).toBeVisible()
    await expect(page.getByText(/^A-1-[45]$/)).toHaveCount(2)
    expect(new Set(network.keys(/\/bookings$/)).size).toBe(1)
  },
)

test('a section that the price category does not have cannot be booked', async ({ fan: page, shop }) => {
  const balcony = { code: 'B', name: 'Balcony', kind: 'seated', price: 9_000_000, rows: 2, seats_per_row: 10 }
  const concert = await shop.concert({ sections: [STALLS, balcony as Section] })
  await page.goto(`/concerts/${concert.id}/seats?section=B`)
  const [best, seat] = [
    page.getByRole('button', { name: 'Take the best 2 here' }),
    page.getByRole('button', { name: /row 1, seat 5,/ }),
  ]
  await expect(best).toBeEnabled()
  await expect(seat).toBeEnabled()
  await page.getByRole('combobox', { name: 'Price category' }).selectOption('Students')
  await expect(page.getByText('Not sold in this price category.')).toBeVisible()
  await expect(best).toBeDisabled()
  await expect(seat).toBeDisabled()
  await expect(seat).toHaveAccessibleName(/not sold in this price category$/)
  await expect(page.getByRole('list', { name: 'What the shapes mean' })).toContainText(
    'Not sold in this price category',
  )
  await page.getByRole('button', { name: 'All sections' }).click()
  await expect(page.getByRole('button', { name: /^Balcony / })).toBeDisabled()
  await page.goto(`/concerts/${concert.id}?category=student`)
  await expect(page.getByRole('button', { name: 'Take the best 2: Stalls' })).toBeEnabled()
  await expect(page.getByRole('button', { name: 'Take the best 2: Balcony' })).toBeDisabled()
})
