import { expect, test } from './test'

/** The limit of a good score (web.dev, cumulative layout shift). */
const SHIFT_MAX = 0.1

for (const viewport of [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]) {
  test(`pages load without layout shifts at ${viewport.width} pixels`, async ({ page, shop }) => {
    await page.setViewportSize(viewport)
    await page.addInitScript(() => {
      const seen = { shift: 0 }
      Object.assign(window, { seen })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if ('value' in entry) seen.shift += Number(entry.value)
        }
      }).observe({ type: 'layout-shift', buffered: true })
    })
    const concert = await shop.concert()
    for (const path of ['/', `/concerts/${concert.id}`, `/concerts/${concert.id}/seats`, '/login']) {
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      const shift = await page.evaluate(() => (window as unknown as { seen: { shift: number } }).seen.shift)
      expect.soft(shift, path).toBeLessThan(SHIFT_MAX)
    }
  })
}
