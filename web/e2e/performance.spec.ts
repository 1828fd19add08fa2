import type { Page } from '@playwright/test'
import { expect, test } from './test'

/** Simulates an older phone. */
const SLOWDOWN = 4
const SIZE = { width: 1280, height: 860 }
const VISITS = 5

// Timings depend on the machine's load: they are reported, but do not fail.
function report(what: string, value: number, unit: string, goal: string): void {
  test.info().annotations.push({ type: what, description: `${Math.round(value)} ${unit} (goal: ${goal})` })
  process.stdout.write(`      ${what}: ${Math.round(value)} ${unit} (goal: ${goal})\n`)
}

async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
}

/** The frame rate during an action. */
async function framesDuring(page: Page, act: () => Promise<void>): Promise<number> {
  const counted = page.evaluate(
    () =>
      new Promise<number>((done) => {
        let frames = 0
        const started = performance.now()
        const count = () => {
          frames += 1
          if (document.documentElement.dataset.counted === undefined) requestAnimationFrame(count)
          else done((frames * 1000) / (performance.now() - started))
        }
        requestAnimationFrame(count)
      }),
  )
  await act()
  await page.evaluate(() => {
    document.documentElement.dataset.counted = ''
  })
  const frames = await counted
  await page.evaluate(() => {
    delete document.documentElement.dataset.counted
  })
  return frames
}

/** Sets performance marks when the concerts are visible and when a control has reacted, both after the frame. */
function watchFirstPage(): void {
  const afterFrame = (act: () => void) => requestAnimationFrame(() => setTimeout(act))
  const observer = new MutationObserver(() => {
    if (document.querySelector('article') === null) return
    observer.disconnect()
    afterFrame(() => {
      performance.mark('concerts-shown')
      document.querySelector<HTMLButtonElement>('header button')?.click()
      afterFrame(() => {
        performance.mark('control-answered')
        // biome-ignore lint/suspicious/noConsole: the page notifies the test, because polling would slow it down.
        console.debug('control-answered')
      })
    })
  })
  observer.observe(document, { childList: true, subtree: true })
}

test('the first page', async ({ browser, baseURL }) => {
  const seen: { shown: number; answered: number }[] = []
  for (let visit = 0; visit < VISITS; visit += 1) {
    // Each visit has an empty cache.
    const context = await browser.newContext({ ...(baseURL && { baseURL }), viewport: SIZE })
    const page = await context.newPage()
    await slowDown(page)
    await page.addInitScript(watchFirstPage)
    // Polling would slow the page down.
    const answered = page.waitForEvent('console', (message) => message.text() === 'control-answered')
    await page.goto('/', { waitUntil: 'commit' })
    await answered
    // The control has reacted.
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
    const at = (mark: string) =>
      page.evaluate((name) => performance.getEntriesByName(name)[0]?.startTime ?? 0, mark)
    seen.push({ shown: await at('concerts-shown'), answered: await at('control-answered') })
    await context.close()
  }
  const median = (times: number[]) =>
    times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
  report('home shows its concerts after', median(seen.map(({ shown }) => shown)), 'ms', '1500')
  report('and is interactive after', median(seen.map(({ answered }) => answered)), 'ms', '1500')
  report('at the latest after', Math.max(...seen.map(({ answered }) => answered)), 'ms', '1500')
})

test('a map of 60,000 seats', async ({ page, shop, baseURL }) => {
  await slowDown(page)
  const found = await page.request.get(`${baseURL}/api/v1/concerts?search=stadium`)
  const concert = (await found.json()).items[0]
  await page.setViewportSize(SIZE)
  await page.goto(`/concerts/${concert.id}/seats`)
  const map = page.getByRole('img', { name: /Seating map/ })
  await expect(map).toBeVisible()
  const painted = await page.waitForFunction(() => {
    const [drawn] = performance.getEntriesByName('seat-map-drawn')
    const data = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/seats'))
    return drawn && data && 'responseEnd' in data ? drawn.startTime - Number(data.responseEnd) : undefined
  })
  report('the map is painted after its data came', (await painted.jsonValue()) ?? 0, 'ms', '1000')

  const box = await map.boundingBox()
  if (!box) throw new Error('the map has no size')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  const zooming = await framesDuring(page, async () => {
    await page.keyboard.down('Control')
    for (let step = 0; step < 30; step += 1) await page.mouse.wheel(0, -60)
    await page.keyboard.up('Control')
  })
  report('frames while zooming', zooming, 'a second', '50')
  const panning = await framesDuring(page, async () => {
    await page.mouse.down()
    for (let step = 0; step < 60; step += 1) {
      await page.mouse.move(x + Math.sin(step / 6) * 200, y + Math.cos(step / 8) * 120)
    }
    await page.mouse.up()
  })
  report('frames while moving', panning, 'a second', '50')

  await page.goto(`/concerts/${concert.id}/seats?section=F1`)
  const free = page.getByRole('button', { name: /, row \d+, seat \d+,/, disabled: false }).first()
  await expect(free).toBeVisible()
  const place = /, row (\d+), seat (\d+),/.exec((await free.getAttribute('aria-label')) ?? '')
  if (!place) throw new Error('a seat says where it is')
  const seat = page.getByRole('button', { name: place[0] })
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await shop.take(concert, [`F1-${place[1]}-${place[2]}`])
  const booked = Date.now()
  await expect(seat).toBeDisabled()
  report('a seat turns after it was booked', Date.now() - booked, 'ms', '200')
})
