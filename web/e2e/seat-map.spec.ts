import type { Locator, Page } from '@playwright/test'
import { expect, logIn, pointAtSeat, test } from './test'

/** A section that is too wide for touchable seats on a phone. */
const WIDE = {
  code: 'A',
  name: 'Stalls',
  kind: 'seated',
  price: 45_000_000,
  rows: 20,
  seats_per_row: 40,
} as const

function mapOf(page: Page): Locator {
  return page.getByRole('img', { name: /Seating map/ })
}

/** The canvas as a data URL, to be compared. */
function pictureOf(map: Locator): Promise<string> {
  return map.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
}

/** Waits until the map is drawn and returns its centre. */
async function middleOf(map: Locator): Promise<{ x: number; y: number }> {
  await expect
    .poll(() => map.page().evaluate(() => performance.getEntriesByName('seat-map-drawn').length))
    .toBeGreaterThan(0)
  const box = await map.boundingBox()
  if (!box) throw new Error('the map has no size')
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) }
}

const scrolled = (page: Page) => page.evaluate(() => window.scrollY)

test.describe('with a mouse', () => {
  test.use({ viewport: { width: 1000, height: 600 } })

  test('the wheel scrolls the page over the map, and zooms with Ctrl', async ({ page, shop }) => {
    const concert = await shop.concert({ sections: [WIDE] })
    await page.goto(`/concerts/${concert.id}/seats`)
    const map = mapOf(page)
    const { x, y } = await middleOf(map)
    await page.mouse.move(x, y)
    const before = await pictureOf(map)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -240)
    await page.keyboard.up('Control')
    await expect.poll(() => pictureOf(map)).not.toBe(before)
    expect(await scrolled(page)).toBe(0)

    await page.reload()
    await middleOf(map)
    await page.mouse.move(x, y + 1)
    await page.mouse.wheel(0, 120)
    await expect(page.getByText('Hold Ctrl and scroll to zoom the map')).toBeVisible()
    await expect.poll(() => scrolled(page)).toBeGreaterThan(50)
  })
})

test.describe('with fingers', () => {
  test.use({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })

  test('one finger scrolls the page over the map, two zoom', async ({ page, shop }) => {
    const concert = await shop.concert({ sections: [WIDE] })
    await page.goto(`/concerts/${concert.id}/seats`)
    const map = mapOf(page)
    const { x, y } = await middleOf(map)
    const browser = await page.context().newCDPSession(page)
    const before = await pictureOf(map)
    await browser.send('Input.synthesizePinchGesture', { x, y, scaleFactor: 2, gestureSourceType: 'touch' })
    await expect.poll(() => pictureOf(map)).not.toBe(before)
    expect(await scrolled(page)).toBe(0)
    expect(await page.evaluate(() => window.visualViewport?.scale)).toBe(1)

    await page.reload()
    await middleOf(map)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
      browser.send('Input.dispatchTouchEvent', { type, touchPoints: points })
    await touch('touchStart', [{ x, y }])
    for (let step = 1; step <= 20; step += 1) await touch('touchMove', [{ x, y: y - step * 10 }])
    await expect(page.getByText('Use two fingers to move and zoom the map')).toBeVisible()
    await touch('touchEnd', [])
    await expect.poll(() => scrolled(page)).toBeGreaterThan(100)
  })

  test('the first tap zooms, the next selects, and the booking button is in view', async ({ page, shop }) => {
    const concert = await shop.concert({ sections: [WIDE] })
    await page.goto(`/concerts/${concert.id}/seats`)
    const map = mapOf(page)
    const { x, y } = await middleOf(map)
    const before = await pictureOf(map)
    await page.touchscreen.tap(x, y + 40)
    await expect(page.getByRole('heading', { name: 'Stalls' })).toBeVisible()
    await expect.poll(() => pictureOf(map)).not.toBe(before)
    await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toHaveCount(0)
    await page.evaluate(() => window.scrollTo(0, 0))
    await expect(async () => {
      await page.touchscreen.tap(x, y + 40)
      await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeVisible({ timeout: 1_000 })
    }).toPass()
    await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeInViewport({ ratio: 1 })
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
    await expect(page.getByRole('button', { name: 'Keep 1 seat' })).toBeInViewport({ ratio: 1 })
  })
})

test('held seats are marked as own for their customer and as taken for others', async ({
  page,
  anotherFan,
  shop,
}) => {
  const fan = await shop.fan()
  const concert = await shop.concert()
  await shop.place(fan, { concert_id: concert.id, seats: ['A-1-5', 'A-1-6'] })
  await logIn(page.context(), fan)
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  const legend = page.getByRole('list', { name: 'What the shapes mean' })
  await expect(page.getByRole('button', { name: /row 1, seat 5,.*in your booking$/ })).toBeDisabled()
  await expect(legend).toContainText('In your booking')
  await expect(page.getByText('No seats chosen yet')).toBeVisible()
  const own = (words: string) => words.includes('in your booking')
  await expect.poll(() => pointAtSeat(page, own)).toMatch(/^Stalls, row 1, seat [56], .*in your booking$/)

  const other = await anotherFan()
  await other.goto(`/concerts/${concert.id}/seats?section=A`)
  await expect(other.getByRole('button', { name: /row 1, seat 5,.*taken$/ })).toBeDisabled()
  await expect(other.getByText('In another basket')).toBeVisible()
  await expect(other.getByText('In your booking')).toBeHidden()
})
