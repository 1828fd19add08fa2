import type { Locator } from '@playwright/test'
import { chooseSeats } from './steps'
import { expect, test } from './test'

/** The largest gap between two elements that looks intended. */
const GAP_MAX_PX = 48

const colourOf = (part: Locator) => part.evaluate((element) => getComputedStyle(element).backgroundColor)

test.describe('on a large screen', () => {
  test.use({ viewport: { width: 1440, height: 900 } })

  test('the seat selection has no gap when there is one price category', async ({ page, shop }) => {
    const concert = await shop.concert()
    for (const search of ['', '?section=A', '?section=GA']) {
      await page.goto(`/concerts/${concert.id}/seats${search}`)
      const summary = page.getByRole('region', { name: 'Your seats' })
      await expect(summary).toBeVisible()
      const gaps = await summary.evaluate((section) => {
        // The boxes of the contents, because the elements may be stretched.
        const boxOf = (part: Element) => {
          const range = document.createRange()
          range.selectNodeContents(part)
          return part.matches('button') ? part.getBoundingClientRect() : range.getBoundingClientRect()
        }
        const boxes = [...section.children].map(boxOf).filter(({ height }) => height > 0)
        const bottoms = [
          section.previousElementSibling?.getBoundingClientRect().bottom ?? 0,
          ...boxes.map(({ bottom }) => bottom),
        ]
        const tops = [...boxes.map(({ top }) => top), section.getBoundingClientRect().bottom]
        return tops.map((top, index) => Math.round(top - (bottoms[index] ?? 0)))
      })
      expect(Math.max(...gaps), `${search}: ${gaps}`).toBeLessThan(GAP_MAX_PX)
    }
  })
})

test.describe('in forced colours', () => {
  test('selected, available and taken seats look different', async ({ fan: page, shop }) => {
    await page.emulateMedia({ forcedColors: 'active' })
    const concert = await shop.concert()
    await shop.take(concert, ['A-1-1'])
    await chooseSeats(page, concert, 4)
    const seat = (number: number) => page.getByRole('button', { name: `Stalls, row 1, seat ${number},` })
    await expect(seat(4)).toHaveAttribute('aria-pressed', 'true')
    expect(await colourOf(seat(4))).not.toBe(await colourOf(seat(5)))
    const borderOf = (part: Locator) =>
      part.evaluate((element) => {
        const { borderTopStyle, borderTopColor } = getComputedStyle(element)
        return `${borderTopStyle} ${borderTopColor}`
      })
    expect(await borderOf(seat(5))).toMatch(/^solid /)
    expect(await borderOf(seat(1))).not.toBe(await borderOf(seat(5)))
  })

  test('the buttons of the first page have a border', async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active' })
    await page.goto('/')
    const see = page.getByRole('article').getByText('See tickets')
    await expect(see).toBeVisible()
    const edge = await see.evaluate((element) => {
      const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(element)
      return { width: Number.parseFloat(borderTopWidth), style: borderTopStyle, colour: borderTopColor }
    })
    expect(edge).toMatchObject({ style: 'solid' })
    expect(edge.width).toBeGreaterThan(0)
    expect(edge.colour).not.toBe('rgba(0, 0, 0, 0)')
  })
})
