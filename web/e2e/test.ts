import { createRequire } from 'node:module'
import { type BrowserContext, test as base, expect, type Locator, type Page } from '@playwright/test'
import { Server, type Settings } from './server'
import { type Account, ADMIN, after, MANAGER, Shop } from './shop'

type PerWorker = {
  /** Additional settings of the server. */
  settings: Settings
  server: Server
}
type PerTest = {
  shop: Shop
  /** A page that is logged in as a new customer. */
  fan: Page
  /** A page that is logged in as the organiser of all concerts. */
  organiser: Page
  /** A page that is logged in as an administrator. */
  admin: Page
  /** Opens a page in another browser context, logged in as another new customer. */
  anotherFan: () => Promise<Page>
}

export const test = base.extend<PerTest, PerWorker>({
  settings: [{}, { option: true, scope: 'worker' }],
  server: [
    async ({ settings }, use, { project }) => {
      const server = await Server.start(String(project.metadata.database), settings)
      await use(server)
      await server.stop()
    },
    { scope: 'worker', timeout: 150_000 },
  ],
  baseURL: async ({ server }, use) => use(server.origin),
  shop: async ({ server }, use) => use(new Shop(server.origin)),
  page: async ({ page }, use) => {
    const faults = watchFor(page)
    await use(page)
    expect(faults).toEqual([])
  },
  fan: async ({ page, shop }, use) => {
    await logIn(page.context(), await shop.fan())
    await use(page)
  },
  organiser: async ({ page }, use) => {
    await logIn(page.context(), MANAGER)
    await use(page)
  },
  admin: async ({ page }, use) => {
    await logIn(page.context(), ADMIN)
    await use(page)
  },
  anotherFan: async ({ browser, shop, baseURL }, use) => {
    const contexts: BrowserContext[] = []
    await use(async () => {
      const context = await browser.newContext({ ...(baseURL && { baseURL }), locale: 'en-GB' })
      contexts.push(context)
      await logIn(context, await shop.fan())
      return context.newPage()
    })
    for (const context of contexts) await context.close()
  },
})

export { expect }

/** Collects uncaught errors and console errors of a page, without failed requests. */
function watchFor(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load ')) {
      faults.push(message.text())
    }
  })
  return faults
}

/** Logs a browser context in, as by an earlier visit. */
export async function logIn(context: BrowserContext, { username, password }: Account): Promise<void> {
  const answer = await context.request.post('/api/v1/sessions', { data: { login: username, password } })
  expect(answer.status()).toBe(200)
  await context.addInitScript(() => {
    if (localStorage.getItem('boxoffice.session') === null) localStorage.setItem('boxoffice.session', '1')
  })
}

/** How soon the sale of such a concert begins: late enough for a busy machine to open the page before. */
const SOON_MS = 12_000

/** Opens a concert whose sale is about to begin. The page's scripts are loaded before. */
export async function openBeforeSale(page: Page, shop: Shop): Promise<void> {
  const warm = await shop.concert()
  await page.goto(`/concerts/${warm.id}`)
  await expect(page.getByRole('heading', { level: 1, name: warm.name })).toBeVisible()
  const concert = await shop.concert({ sales_start_at: after(SOON_MS) })
  await page.goto(`/concerts/${concert.id}`)
}

/** Waits until the page has rendered its reaction to an input. */
async function nextFrames(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(undefined)))),
  )
}

/** Moves the mouse to an available seat and returns its tooltip; empty when there is none. */
export function pointAtFreeSeat(page: Page): Promise<string> {
  return pointAtSeat(page, (words) => !words.includes('taken'))
}

/** Finds a seat near the centre of the map by moving the mouse, and returns its tooltip. */
export async function pointAtSeat(page: Page, isMeant: (words: string) => boolean): Promise<string> {
  const map = page.getByRole('img', { name: /Seating map/ })
  const box = await map.boundingBox()
  if (!box) return ''
  const tip = page.locator('[data-tip]')
  for (let y = box.height * 0.3; y < box.height * 0.8; y += 7) {
    for (const share of [0.5, 0.47, 0.53]) {
      await page.mouse.move(box.x + box.width * share, box.y + y)
      await nextFrames(page)
      const words = (await tip.isVisible()) ? await tip.textContent() : null
      if (words && isMeant(words)) return words
    }
  }
  return ''
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

type Finding = { id: string; impact?: string | null; nodes: { html: string; failureSummary?: string }[] }

/**
 * Ends finite animations, because text that is fading in has too little contrast. Waiting for them could take for ever:
 * the browser pauses those of content that it does not render (`content-visibility`).
 */
async function finishAnimations(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY) animation.finish()
    }
  })
}

/**
 * Fails on serious accessibility violations. axe is injected by the debugger, because the content security policy
 * forbids inline scripts.
 */
export async function expectAccessible(page: Page): Promise<void> {
  await finishAnimations(page)
  await page.evaluate(await (await import('node:fs/promises')).readFile(AXE, 'utf8'))
  const findings = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Finding[] }> } }
    return (await axe.run()).violations
  })
  const grave = findings.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect
    .soft(
      grave.map(({ id, nodes }) => ({
        id,
        where: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
      })),
      page.url(),
    )
    .toEqual([])
}

/** The element that has the focus. */
export function focused(page: Page): Locator {
  return page.locator(':focus')
}
