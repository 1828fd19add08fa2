import { after, type Concert } from './shop'
import { bookTwoStanding, keepSeats, pay } from './steps'
import { expect, expectAccessible, openBeforeSale, test } from './test'

const HOUR_MS = 3_600_000
/** A section of two seats. */
const FEW = { code: 'A', name: 'Stalls', kind: 'seated', price: 100, rows: 1, seats_per_row: 2 } as const

test('the pages survive an interruption of the network', async ({ fan: page, shop, context }) => {
  const concert = await shop.concert()
  await page.goto(`/concerts/${concert.id}/seats?section=A`)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await context.setOffline(true)
  await expect(page.getByText(/^Connection lost/)).toBeVisible()
  await expect(page.getByText(/^You are offline/)).toBeVisible()
  await shop.take(concert, ['A-1-3'])
  await page.getByRole('button', { name: /row 1, seat 7,/ }).click()
  await expect(page.getByText('Live', { exact: true })).toBeHidden()

  await context.setOffline(false)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: /row 1, seat 3,.*taken/ })).toBeDisabled()
  await context.setOffline(true)
  await keepSeats(page)
  await expect(page.getByText('We are asking again')).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText('Your seats are kept for')).toBeVisible()

  await context.setOffline(true)
  await pay(page)
  await expect(page.getByText('We are asking again')).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
})

test('the page of a future sale counts down and opens by itself', async ({ page, shop }) => {
  await openBeforeSale(page, shop)
  await expect(page.getByText('The sale begins in')).toBeVisible()
  await expect(page.getByRole('timer')).toHaveText(/^0:[01]\d$/)
  await expect(page.getByRole('link', { name: 'Choose your seats on the map' })).toBeVisible()
})

test('a sold-out concert is shown at once on all pages', async ({ page, shop }) => {
  const concert = await shop.concert({
    sections: [FEW],
  })
  await page.goto(`/concerts/${concert.id}`)
  await expect(page.getByText('2 of 2 left')).toBeVisible()
  await shop.take(concert, ['A-1-1', 'A-1-2'])
  await expect(page.getByText('Sold out')).toBeVisible()
  await expect(page.getByText('0 of 2 left')).toBeVisible()
  await page.goto(`/?q=${encodeURIComponent(concert.name)}`)
  await expect(page.getByRole('article').getByText('Sold out')).toBeVisible()
})

test('the time is shown in the venue’s and in the reader’s zone', async ({ page, shop }) => {
  const concert = await shop.concert({
    starts_at: '2027-06-30T13:00:00Z',
    sales_end_at: '2027-06-30T12:00:00Z',
  })
  await page.goto(`/concerts/${concert.id}`)
  await expect(page.getByText(/Wednesday,? 30 June 2027/)).toBeVisible()
  await expect(page.getByText('20:00 GMT+7')).toBeVisible()
  await expect(page.getByText('30 Jun 2027, 14:00 in your time zone')).toBeVisible()
})

test('missing pages say so and link to the list', async ({ page }) => {
  await page.goto('/concerts/01980c2a-7b1e-7000-8000-000000000002')
  await expect(page.getByRole('heading', { name: 'Concert not found' })).toBeVisible()
  await page.goto('/no/such/page')
  await page.getByRole('link', { name: 'See all concerts' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Find your next concert' })).toBeVisible()
})

test.describe('in Indonesian', () => {
  test.use({ locale: 'id-ID' })

  test('the shop uses the browser’s language until another one is chosen', async ({ page, shop }) => {
    const concert = await shop.concert()
    await page.goto(`/concerts/${concert.id}`)
    await expect(page.getByRole('link', { name: 'Pilih kursi di denah' })).toBeVisible()
    await expect(page.getByText('Rp 450.000')).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('lang', 'id')
    await page.getByRole('button', { name: 'English' }).click()
    await expect(page.getByRole('link', { name: 'Choose your seats on the map' })).toBeVisible()
    await page.reload()
    await expect(page.getByRole('link', { name: 'Choose your seats on the map' })).toBeVisible()
  })

  test('a customer books, retries a declined payment and pays', async ({ fan: page, shop }) => {
    const concert = await shop.concert()
    await page.goto('/')
    await page.getByRole('searchbox', { name: 'Artis, konser, tempat atau kota' }).fill(concert.name)
    await page.getByRole('link', { name: concert.name }).click()
    await page.getByRole('link', { name: 'Pilih kursi di denah' }).click()
    await page.getByRole('button', { name: /^Stalls .*sisa 40/ }).click()
    await page.getByRole('button', { name: 'Stalls, baris 1, kursi 5, Rp 450.000' }).click()
    await page.getByRole('button', { name: 'Simpan 1 kursi' }).click()
    await expect(page.getByText('Kursi Anda disimpan selama')).toBeVisible()
    await page.getByLabel('Bank menolak').check()
    await page.getByRole('button', { name: 'Bayar Rp 450.000' }).click()
    await expect(page.getByText('Pembayaran ditolak')).toBeVisible()
    await page.getByLabel('Bank menyetujui').check()
    await page.getByRole('button', { name: 'Bayar Rp 450.000' }).click()
    await expect(page.getByRole('heading', { name: 'Sampai jumpa di sana' })).toBeVisible()
    await expect(page.getByText('Terkonfirmasi')).toBeVisible()
  })
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

  test('a customer books by touch, and no page is wider than the screen', async ({ fan: page, shop }) => {
    const concert = await shop.concert()
    const isTooWide = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
    await page.goto('/')
    await expect(page.getByRole('article').first()).toBeVisible()
    expect(await isTooWide()).toBe(false)
    await page.goto(`/concerts/${concert.id}`)
    await page.getByRole('link', { name: 'Choose your seats on the map' }).tap()
    await page.getByRole('button', { name: /^Stalls / }).tap()
    await page.getByRole('button', { name: /row 1, seat 5,/ }).tap()
    expect(await isTooWide()).toBe(false)
    await page.getByRole('button', { name: 'Keep 1 seat' }).tap()
    await page.getByRole('button', { name: /^Pay/ }).tap()
    await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
    expect(await isTooWide()).toBe(false)
  })
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme })

    test('every page is accessible', async ({ fan: page, shop }) => {
      const concert = await shop.concert()
      const soon = await shop.concert({ sales_start_at: after(HOUR_MS) })
      const gone = await shop.concert({ sections: [FEW] })
      await shop.take(gone, ['A-1-1', 'A-1-2'])
      const see = async (address: string, sign: string) => {
        await page.goto(address)
        await expect(page.getByText(sign).first()).toBeVisible()
        await expectAccessible(page)
      }
      // The demo's next concert is always on the first page.
      await see('/', 'Late Set')
      await see(`/?q=nothing-like-this`, 'No concerts found')
      await see('/no/such/page', 'Page not found')
      await see('/manage', 'You have no access to this page')
      await see('/basket', 'Your basket is empty')
      await see(`/concerts/${concert.id}`, '40 of 40 left')
      await see(`/concerts/${soon.id}`, 'The sale begins in')
      await see(`/concerts/${gone.id}`, 'Sold out')
      await see(`/concerts/${concert.id}/seats`, 'Stalls')
      await see(`/concerts/${concert.id}/seats?section=A`, 'Row')
      await page.getByRole('button', { name: /row 1, seat 2,/ }).click()
      await expectAccessible(page)
      await see(`/concerts/${concert.id}/seats?section=GA`, 'places here have no numbers')
      await see('/bookings', 'No bookings yet')
      await see('/account', 'Change e-mail or password')
      await bookAndSee(page, concert)
      await page.context().clearCookies()
      await page.goto('/login')
      await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible()
      await expectAccessible(page)
      await page.getByRole('link', { name: 'Create an account' }).click()
      await page.getByRole('button', { name: 'Create account' }).click()
      await expect(page.getByText('This is not an e-mail address')).toBeVisible()
      await expectAccessible(page)
    })
  })
}

/** Checks the pages from checkout to cancellation. */
async function bookAndSee(page: import('@playwright/test').Page, concert: Concert): Promise<void> {
  await bookTwoStanding(page, concert)
  await expect(page.getByText('Your seats are kept for')).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('The bank declines').check()
  await pay(page)
  await expect(page.getByText('The payment was declined')).toBeVisible()
  await expectAccessible(page)
  await page.goto('/basket')
  await expect(page.getByRole('button', { name: 'Release seats' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Pay', exact: true }).click()
  await pay(page)
  await expect(page.getByRole('heading', { name: 'See you there' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Cancel this booking' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Keep booking' }).click()
  await page.goto('/bookings')
  await expect(page.getByText('Confirmed')).toBeVisible()
  await expectAccessible(page)
}
