import type { Page } from '@playwright/test'
import type { Account, Concert } from './shop'

export async function submitLogIn(page: Page, { username, password }: Account): Promise<void> {
  await page.getByLabel('Username or e-mail').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
}

/** Submits the registration form and returns the username. */
export async function submitRegistration(page: Page): Promise<string> {
  const username = `new${Date.now()}`
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('E-mail').fill(`${username}@example.com`)
  await page.getByLabel('Password', { exact: true }).fill('velvet otter harbour 9')
  await page.locator('form').getByRole('button').last().click()
  return username
}

/** Books two standing tickets on the concert's page. */
export async function bookTwoStanding(page: Page, concert: Concert): Promise<void> {
  await page.goto(`/concerts/${concert.id}`)
  await page.getByRole('button', { name: 'Take the best 2: Floor' }).click()
}

/** Opens the map at the seated section and selects seats of its first row. */
export async function chooseSeats(page: Page, concert: Concert, ...numbers: number[]): Promise<void> {
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  for (const number of numbers) {
    await page.getByRole('button', { name: `Stalls, row 1, seat ${number},` }).click()
  }
}

/** Books the selected seats. */
export async function keepSeats(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Keep \d+ seats?$/ }).click()
}

export async function pay(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Pay/ }).click()
}

/** Opens the organiser's form for a partial refund and fills it in. */
export async function fillRefund(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Refund part of it …' }).click()
  await page.getByLabel('Amount in IDR').fill('100000')
  await page.getByLabel('Reason').fill('The seat was behind a pillar')
}

/**
 * Watches for a text that must not appear, however briefly, from the next page on and across reloads. The returned
 * function tells whether it appeared.
 */
export async function watchForText(page: Page, words: string): Promise<() => Promise<boolean>> {
  const key = 'test.said'
  await page.addInitScript(
    ({ key, words }) => {
      const check = () => {
        if (document.body?.textContent?.includes(words)) sessionStorage.setItem(key, words)
      }
      new MutationObserver(check).observe(document, { subtree: true, childList: true, characterData: true })
    },
    { key, words },
  )
  return () => page.evaluate((name) => sessionStorage.getItem(name) !== null, key)
}
