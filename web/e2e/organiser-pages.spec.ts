import { expect, expectAccessible, test } from './test'

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme })

    test('the organiser’s pages are accessible', async ({ organiser: page, shop }) => {
      const concert = await shop.concert()
      await shop.sell(concert, ['A-1-1', 'A-1-2'])
      const see = async (address: string, sign: string) => {
        await page.goto(address)
        await expect(page.getByText(sign).first()).toBeVisible()
        await expectAccessible(page)
      }
      await see('/manage', concert.name)
      await see(`/manage/${concert.id}`, 'Over time')
      await see(`/manage/${concert.id}/seats`, 'available · ')
      await see(`/manage/${concert.id}/seats?section=GA`, 'To number')
      await see(`/manage/${concert.id}/details`, 'Save changes')
      await see(`/manage?q=nothing-like-this`, 'No concerts found')
      await see('/manage/new', 'Seating map so far')
      await page.getByText('Row by row').click()
      await page.getByRole('button', { name: 'Save as a draft' }).click()
      await expect(page.getByText('Check the fields marked above.')).toBeVisible()
      await expectAccessible(page)
      await see(`/manage/${concert.id}/bookings`, 'A-1-1, A-1-2')
      await page.getByRole('row', { name: /A-1-1/ }).getByRole('link').click()
      await page.getByRole('button', { name: 'Refund part of it …' }).click()
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Cancel the concert …' }).click()
      await expect(page.getByText(/is refunded to the customers/)).toBeVisible()
      await expectAccessible(page)
    })

    test('the list of users is accessible', async ({ admin: page }) => {
      await page.goto('/admin/users')
      await expect(page.getByLabel('Role of manager')).toBeVisible()
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Suspend fan', exact: true }).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      await expectAccessible(page)
    })
  })
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

  test('no page of an organiser is wider than the screen', async ({ organiser: page, shop }) => {
    const concert = await shop.concert()
    await shop.sell(concert, ['A-1-1'])
    const pages = ['', '/bookings', '/seats', '/details'].map((path) => `/manage/${concert.id}${path}`)
    for (const address of ['/manage', '/manage/new', ...pages]) {
      await page.goto(address)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForLoadState('networkidle')
      if (address === '/manage/new') await page.getByText('Row by row').tap()
      const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
      expect(isTooWide, address).toBe(false)
    }
    for (const [address, table] of [
      ['/manage', 'My concerts'],
      [`/manage/${concert.id}/bookings`, 'Bookings'],
    ] as const) {
      await page.goto(address)
      const frame = page.getByRole('region', { name: table, exact: true })
      await expect(frame.getByRole('link').first()).toBeVisible()
      const isCut = await frame.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      expect(isCut, `the table "${table}" is wider than its frame`).toBe(false)
    }
    await page.goto(`/manage/${concert.id}/seats`)
    const plan = page.getByRole('application', { name: 'Seats of Stalls' }).locator('svg')
    const box = await plan.boundingBox()
    if (!box) throw new Error('the plan has no size')
    await plan.tap({ position: { x: box.width * 0.6, y: box.height * 0.6 } })
    await expect(page.getByText('1 seat chosen')).toBeVisible()
  })
})
