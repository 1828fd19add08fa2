import type { Page } from '@playwright/test'
import { type Account, ADMIN, after, type Concert, MANAGER, type Shop } from './shop'
import { expect, logIn, test } from './test'

/** A word as long as the API accepts. */
const LONG = 'Donaudampfschifffahrtselektrizit\u00e4tenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3)
const text = (length: number) => LONG.slice(0, length)

/** The narrowest screen on which pages may only scroll down (WCAG 2.2, 1.4.10), and a phone with text of twice the size (1.4.4). */
const SCREENS = [
  { name: '320 pixels', viewport: { width: 320, height: 640 }, textPx: 16 },
  { name: 'text of twice the size on a phone', viewport: { width: 390, height: 844 }, textPx: 32 },
]
const DAY_MS = 86_400_000

for (const locale of ['en-GB', 'id-ID']) {
  for (const { name, viewport, textPx } of SCREENS) {
    test.describe(`${locale}, ${name}`, () => {
      test.use({ locale, viewport, hasTouch: true })

      test('no page of the shop scrolls sideways', async ({ page, shop }) => {
        const fan = await shop.fan(accountWithLongName())
        const { concert, soon, pending, confirmed } = await concertsWithLongNames(shop, fan)
        await setTextSize(page, textPx)
        for (const path of ['/', '/?q=nothing-like-this', '/no/such/page', '/login', '/register']) {
          await expectNoSidewaysScroll(page, path, viewport.width)
        }
        await logIn(page.context(), fan)
        await expectNoSidewaysScroll(page, '/basket', viewport.width)
        for (const path of [
          '/',
          `/concerts/${concert.id}`,
          `/concerts/${soon.id}`,
          `/concerts/${concert.id}/seats`,
          `/concerts/${concert.id}/seats?section=A`,
          `/concerts/${concert.id}/seats?section=GA`,
          `/checkout/${pending}`,
          '/bookings',
          `/bookings/${pending}`,
          `/bookings/${confirmed}`,
          '/account',
          '/manage',
        ]) {
          await expectNoSidewaysScroll(page, path, viewport.width)
        }
      })

      test('no page of the organiser scrolls sideways', async ({ page, shop }) => {
        const { concert, confirmed } = await concertsWithLongNames(
          shop,
          await shop.fan(accountWithLongName()),
        )
        await setTextSize(page, textPx)
        await logIn(page.context(), MANAGER)
        for (const path of [
          '',
          '/new',
          ...pathsOf(concert, ['', '/bookings', `/bookings/${confirmed}`, '/seats', '/details']),
        ]) {
          await expectNoSidewaysScroll(page, `/manage${path}`, viewport.width)
        }
        await logIn(page.context(), ADMIN)
        await expectNoSidewaysScroll(page, '/admin/users', viewport.width)
      })
    })
  }
}

function pathsOf({ id }: Concert, paths: string[]): string[] {
  return paths.map((path) => `/${id}${path}`)
}

function accountWithLongName(): Partial<Account> {
  return { username: `fan-${Math.random().toString(36).slice(2, 10)}`.padEnd(32, 'm') }
}

async function concertsWithLongNames(shop: Shop, fan: Account) {
  const words = {
    name: text(200),
    artist: text(200),
    venue: text(200),
    location: text(200),
    description: text(200),
  }
  const concert = await shop.concert({
    ...words,
    starts_at: after(3 * DAY_MS),
    sales_end_at: after(2 * DAY_MS),
    refundable_until: after(DAY_MS),
    sections: [
      {
        code: 'A',
        name: text(100),
        kind: 'seated',
        prices: [
          { code: 'standard', name: text(50), price: 987_654_321_00, audience: 'anyone' },
          { code: 'student', name: text(49), price: 123_456_789_00, audience: 'anyone' },
        ],
        rows: 4,
        seats_per_row: 10,
      },
      { code: 'GA', name: text(100), kind: 'standing', price: 987_654_321_00, capacity: 50_000 },
    ],
  })
  const soon = await shop.concert({ ...words, sales_start_at: after(DAY_MS) })
  const confirmed = await shop.place(fan, { concert_id: concert.id, seats: ['A-1-1', 'A-1-2'] })
  await shop.pay(fan, confirmed)
  const pending = await shop.place(fan, { concert_id: concert.id, section: 'GA', quantity: 2 })
  return { concert, soon, pending, confirmed }
}

/** Sets the browser's font size, so that sizes in `rem` grow as well. */
async function setTextSize(page: Page, standard: number): Promise<void> {
  const browser = await page.context().newCDPSession(page)
  await browser.send('Page.setFontSizes', { fontSizes: { standard, fixed: standard * 0.8125 } })
}

async function expectNoSidewaysScroll(page: Page, path: string, width: number): Promise<void> {
  await page.goto(path)
  await expect(page.locator('main h1, main h2').first()).toBeVisible()
  await page.waitForLoadState('networkidle')
  expect.soft(await page.evaluate(elementsTooWide, width), path).toEqual([])
}

/** The elements that make the page wider than the screen. Scrollable containers are allowed. */
function elementsTooWide(width: number): string[] {
  const root = document.documentElement
  if (root.scrollWidth <= width) return []
  const isIn = (element: Element): boolean =>
    element.parentElement === null ||
    (getComputedStyle(element.parentElement).overflowX === 'visible' && isIn(element.parentElement))
  const wide = [...document.querySelectorAll('body *')].filter(
    (element) => element.getBoundingClientRect().right > width && isIn(element),
  )
  return [
    `${root.scrollWidth} pixels`,
    ...wide.map(
      ({ tagName, className, textContent }) => `${tagName} ${className} ${textContent?.slice(0, 30)}`,
    ),
  ]
}
