import { act, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import type { SalesReport } from '@/api/reports'
import { openPages } from '@/testing/render'
import { aConcert, aReport } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { dashboardRoutes } from './routes'

const HOME = `/manage/${aConcert().id}`
const plain = (text: string | null | undefined) => (text ?? '').replace(/\s/g, ' ')

/** Fake event streams. */
let streams: EventTarget[] = []
beforeEach(() => {
  streams = []
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      constructor() {
        super()
        streams.push(this)
      }
      close() {}
    },
  )
})
const tell = (delta: object) =>
  act(() => streams.map((s) => s.dispatchEvent(new MessageEvent('delta', { data: JSON.stringify(delta) }))))

function withReport(report: SalesReport, concert = aConcert()) {
  const buckets: (string | null)[] = []
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/reports/concerts/:id/sales'), ({ request }) => {
      const bucket = new URL(request.url).searchParams.get('bucket')
      buckets.push(bucket)
      return HttpResponse.json({ ...report, bucket })
    }),
  )
  return buckets
}

const figure = async (name: string) => plain((await screen.findByText(name)).closest('div')?.textContent)

test('an event updates the sales report', async () => {
  withReport(aReport())
  openPages(dashboardRoutes([]), HOME)
  expect(await figure('Tickets sold')).toBe('Tickets sold2of 105, 1.9%')
  const sold = { ...aReport().tickets, sold: 5, available: 97 }
  const money = { gross: 260_000_000, refunded: 50_000_000, pending_refunds: 10_000_000, net: 200_000_000 }
  withReport(aReport({ tickets: sold, revenue: 250_000_000, ...money }))
  tell({ from: 1, version: 2, sections: [], seats: [] })
  await waitFor(async () => expect(await figure('Tickets sold')).toBe('Tickets sold5of 105, 4.8%'))
  expect(await figure('Net revenue')).toContain('IDR 2,000,000')
})

test('gross, refunded, pending and net amounts have labels and hints', async () => {
  const money = { gross: 260_000_000, refunded: 50_000_000, pending_refunds: 10_000_050, net: 199_999_950 }
  withReport(aReport(money))
  openPages(dashboardRoutes([]), HOME)
  expect(await figure('Net revenue')).toBe('Net revenueIDR 1,999,999.50gross revenue less all refunds')
  expect(await figure('Gross revenue')).toBe('Gross revenueIDR 2,600,000.00everything that was ever paid')
  expect(await figure('Refunded')).toBe('RefundedIDR 500,000.00has reached the customers')
  expect(await figure('Refunds on their way')).toBe(
    'Refunds on their wayIDR 100,000.50asked for, not yet completed',
  )
  expect(screen.getAllByText('Ticket revenue')).not.toHaveLength(0)
})

test('after a cancellation the report follows the pending refunds', async () => {
  const cancelled = aConcert({ status: 'cancelled' })
  withReport(aReport({ pending_refunds: 40_000_000, net: 60_000_000 }), cancelled)
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ['setTimeout', 'setInterval', 'clearInterval'] })
  openPages(dashboardRoutes([]), HOME)
  expect(await figure('Refunds on their way')).toContain('IDR 400,000')
  expect(screen.getByText(/^1 booking of this cancelled concert will still be refunded/)).toBeVisible()
  const none = { placed: 3, confirmed: 0, pending: 0, expired: 1, cancelled: 2 }
  withReport(aReport({ refunded: 100_000_000, net: 0, bookings: none }), cancelled)
  await act(() => vi.advanceTimersByTimeAsync(6_000))
  await waitFor(async () => expect(await figure('Refunded')).toContain('IDR 1,000,000'))
  expect(screen.queryByText(/will still be refunded/)).not.toBeInTheDocument()
  vi.useRealTimers()
})

test('an event during the first fetch is not missed', async () => {
  let answerFirst = () => {}
  const waiting = new Promise<void>((done) => {
    answerFirst = done
  })
  withReport(aReport({ tickets: { ...aReport().tickets, sold: 5 } }))
  const asked = vi.fn()
  server.use(
    http.get(
      at('/reports/concerts/:id/sales'),
      async () => {
        asked()
        await waiting
        return HttpResponse.json(aReport())
      },
      { once: true },
    ),
  )
  openPages(dashboardRoutes([]), HOME)
  await waitFor(() => expect(asked).toHaveBeenCalled())
  await waitFor(() => expect(streams).toHaveLength(1))
  tell({ from: 1, version: 2, sections: [], seats: [] })
  answerFirst()
  await waitFor(async () => expect(await figure('Tickets sold')).toContain('Tickets sold5'))
})

test('the steps can be read by keyboard and in a table', async () => {
  const buckets = withReport(aReport())
  const { user } = openPages(dashboardRoutes([]), HOME)
  const chart = await screen.findByRole('group', { name: /Sales over time/ })
  chart.focus()
  await user.keyboard('{ArrowLeft}')
  expect(plain(screen.getByText(/^21 Nov 2026:/).textContent)).toBe('21 Nov 2026: 2 tickets, IDR 1,000,000')
  await user.keyboard('{ArrowLeft}')
  expect(plain(screen.getByText(/^20 Nov 2026:/).textContent)).toBe('20 Nov 2026: 0 tickets, IDR 0')
  await user.click(screen.getByText('Show as a table'))
  const table = within(screen.getByRole('region', { name: 'Show as a table' }))
  const cells = table.getAllByRole('cell').map((cell) => plain(cell.textContent))
  expect(cells).toEqual(['3', '2', 'IDR 1,000,000'])
  await user.click(screen.getByRole('radio', { name: 'Hours' }))
  await waitFor(() => expect(buckets).toEqual(['day', 'hour']))
})

test('the conversion rate leaves out undecided bookings', async () => {
  withReport(aReport())
  openPages(dashboardRoutes([]), HOME)
  expect(await screen.findByText('50% of all bookings are paid in the end.')).toBeVisible()
})

test('a draft opens no event stream and says that it is not on sale', async () => {
  withReport(aReport(), aConcert({ status: 'draft' }))
  openPages(dashboardRoutes([]), HOME)
  expect(await screen.findByText(/not published yet/)).toBeVisible()
  expect(streams).toEqual([])
})

test('a failed report is not shown as zeros', async () => {
  withReport(aReport())
  server.use(http.get(at('/reports/concerts/:id/sales'), () => problem(403, 'forbidden')))
  const { user } = openPages(dashboardRoutes([]), HOME)
  expect(await screen.findByRole('alert')).toHaveTextContent('Your account is not allowed to do this.')
  withReport(aReport())
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await figure('Tickets sold')).toContain('2of 105')
})

test('the cancellation dialog shows the affected bookings, tickets and refunds', async () => {
  withReport(aReport())
  const { user } = openPages(dashboardRoutes([]), HOME)
  await user.click(await screen.findByRole('button', { name: 'Cancel the concert …' }))
  const dialog = within(await screen.findByRole('dialog'))
  const lines = (await dialog.findAllByRole('listitem')).map(({ textContent }) => plain(textContent))
  expect(lines).toEqual([
    '2 bookings are cancelled: 1 paid, 1 not paid yet.',
    '3 tickets are no longer valid.',
    'IDR 1,000,000 is refunded to the customers.',
  ])
})

test.each([
  ['bookings', 'Bookings as CSV'],
  ['tickets', 'Tickets as CSV'],
])('the file of %s is what the server sent, under a name of its own', async (file, button) => {
  withReport(aReport())
  const blobs: Blob[] = []
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    blobs.push(blob as Blob)
    return 'blob:file'
  })
  const clicked: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push(this.download)
  })
  server.use(
    http.get(at('/bookings'), () => HttpResponse.json({ items: [], next_cursor: null })),
    http.get(at(`/reports/concerts/:id/${file}.csv`), () =>
      HttpResponse.text('reference\r\n6SWYBC99\r\n', { headers: { 'Content-Type': 'text/csv' } }),
    ),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  await user.click(await screen.findByRole('button', { name: button }))
  await waitFor(() => expect(clicked).toEqual([`${file}-${aConcert().id}.csv`]))
  expect(await blobs[0]?.text()).toBe('reference\r\n6SWYBC99\r\n')
})
