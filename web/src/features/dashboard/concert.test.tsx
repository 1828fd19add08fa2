import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Concert } from '@/api/concerts'
import { openPages } from '@/testing/render'
import { aConcert, aReport, aSummary } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { dashboardRoutes } from './routes'

const HOME = `/manage/${aConcert().id}`

beforeEach(() => {
  // The pages of a published concert subscribe to its events.
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      close() {}
    },
  )
})

function withConcert(concert: Concert) {
  server.use(
    http.get(at('/concerts/:id'), () => HttpResponse.json(concert)),
    http.get(at('/concerts/:id/availability'), () => problem(404, 'not_found')),
    http.get(at('/reports/concerts/:id/sales'), () => HttpResponse.json(aReport())),
    http.get(at('/bookings'), () => HttpResponse.json({ items: [], next_cursor: null })),
    http.get(at('/concerts/:id/seats'), () =>
      HttpResponse.json({
        concert_id: concert.id,
        version: 1,
        sections: [
          {
            code: 'A',
            rows: [
              { label: '1', first: 1, seats: 'aas' },
              { label: '2', first: 1, seats: 'ba' },
            ],
          },
        ],
      }),
    ),
  )
}

test('my concerts are listed in every state, upcoming ones first', async () => {
  const asked: URLSearchParams[] = []
  server.use(
    http.get(at('/concerts'), ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      const items = [aSummary({ status: 'draft', name: 'Unseen' }), aSummary({ id: '2', available: 0 })]
      return HttpResponse.json({ items, next_cursor: null })
    }),
  )
  const { user } = openPages(dashboardRoutes([]), '/manage')
  expect(await screen.findByRole('row', { name: /Unseen/ })).toHaveTextContent('Draft')
  expect(screen.getByRole('row', { name: /Evening in May/ })).toHaveTextContent('Sold out')
  await user.click(screen.getByRole('radio', { name: 'Past' }))
  await waitFor(() => expect(asked).toHaveLength(2))
  const [ahead, past] = asked
  expect(ahead?.get('mine')).toBe('true')
  expect(ahead?.has('from')).toBe(true)
  expect([past?.has('from'), past?.get('sort')]).toEqual([false, '-starts_at'])
  expect(past?.get('to')).toBe(ahead?.get('from'))
})

test('a draft is published, and its sale paused and resumed', async () => {
  let concert = aConcert({ status: 'draft' })
  withConcert(concert)
  const become = (status: Concert['status']) => () => {
    concert = { ...concert, status, revision: concert.revision + 1 }
    withConcert(concert)
    return HttpResponse.json(concert)
  }
  server.use(
    http.post(at('/concerts/:id/publish'), become('on_sale')),
    http.post(at('/concerts/:id/pause'), become('paused')),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  const confirm = async (name: string) => {
    await user.click(await screen.findByRole('button', { name }))
    const dialog = within(await screen.findByRole('dialog'))
    await user.click(dialog.getByRole('button', { name }))
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
  }
  await user.click(await screen.findByRole('button', { name: 'Publish' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(dialog.getByText(/tickets are on sale right away/)).toBeVisible()
  await user.click(dialog.getByRole('button', { name: 'Go back' }))
  expect(concert.status).toBe('draft')
  await confirm('Publish')
  await confirm('Pause the sale')
  expect(await screen.findByText('Paused')).toBeVisible()
  await confirm('Resume the sale')
  expect(await screen.findByText('On sale')).toBeVisible()
})

test('cancelling a concert needs its name to be typed', async () => {
  withConcert(aConcert())
  const removed = vi.fn(() => {
    withConcert(aConcert({ status: 'cancelled' }))
    return HttpResponse.json(aConcert({ status: 'cancelled' }), { status: 202 })
  })
  server.use(http.delete(at('/concerts/:id'), removed))
  const { user } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  await user.click(await screen.findByRole('button', { name: 'Cancel the concert …' }))
  const dialog = within(await screen.findByRole('dialog'))
  const cancel = dialog.getByRole('button', { name: 'Cancel the concert' })
  const field = dialog.getByRole('textbox')
  await user.type(field, 'Evening in')
  expect(cancel).toBeDisabled()
  await user.type(field, ' May')
  await user.click(cancel)
  expect(await screen.findByText('Cancelled', { selector: 'span' })).toBeVisible()
  expect(removed).toHaveBeenCalledOnce()
  expect(screen.queryByRole('button', { name: 'Pause the sale' })).not.toBeInTheDocument()
})

test('a deleted draft leads back to the list', async () => {
  withConcert(aConcert({ status: 'draft' }))
  server.use(
    http.delete(at('/concerts/:id'), () => new HttpResponse(null, { status: 204 })),
    http.get(at('/concerts'), () => HttpResponse.json({ items: [], next_cursor: null })),
  )
  const { user, address } = openPages(dashboardRoutes([]), `${HOME}/bookings`)
  await user.click(await screen.findByRole('button', { name: 'Delete the draft …' }))
  await user.click(await screen.findByRole('button', { name: 'Delete the draft' }))
  await waitFor(() => expect(address()).toBe('/manage'))
})

test('seats are selected by keyboard and blocked; seats in bookings are not', async () => {
  withConcert(aConcert({ status: 'draft' }))
  const wishes: unknown[] = []
  server.use(
    http.put(at('/concerts/:id/blocks'), async ({ request }) => {
      wishes.push(await request.json())
      return HttpResponse.json({ concert_id: '', version: 2, total: 5, available: 1, sections: [] })
    }),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/seats`)
  const plan = await screen.findByRole('application', { name: 'Seats of Stalls' })
  plan.focus()
  expect(await screen.findByText('A-1-1, available')).toBeInTheDocument()
  await user.keyboard(' {Shift>}{ArrowRight}{ArrowRight}{/Shift}')
  expect(screen.getByText('A-1-3, sold')).toBeInTheDocument()
  await user.keyboard('{ArrowDown}{ArrowLeft}')
  await user.keyboard(' ')
  expect(screen.getByText('A-2-1, blocked, chosen')).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Block 2' }))
  await waitFor(() => expect(wishes).toEqual([{ block: ['A-1-1', 'A-1-2'], unblock: [] }]))
  expect(await screen.findByText('2 tickets are now blocked.')).toBeVisible()
})

test('a refusal names the seats that were booked first', async () => {
  withConcert(aConcert())
  server.use(
    http.put(at('/concerts/:id/blocks'), () => problem(409, 'seats_unavailable', { seats: ['A-1-1'] })),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/seats`)
  const plan = await screen.findByRole('application', { name: 'Seats of Stalls' })
  plan.focus()
  await user.keyboard(' ')
  await user.click(screen.getByRole('button', { name: 'Block 1' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Already booked, so nothing was changed: A-1-1.')
})

test('standing tickets are blocked by their numbers', async () => {
  withConcert(aConcert())
  const wishes: { unblock?: string[] }[] = []
  server.use(
    http.put(at('/concerts/:id/blocks'), async ({ request }) => {
      wishes.push((await request.json()) as { unblock?: string[] })
      return HttpResponse.json({ concert_id: '', version: 2, total: 5, available: 1, sections: [] })
    }),
  )
  const { user } = openPages(dashboardRoutes([]), `${HOME}/seats?section=GA`)
  const to = await screen.findByLabelText('To number')
  await user.type(screen.getByLabelText('From number'), '99')
  await user.type(to, '101')
  await user.click(screen.getByRole('button', { name: 'Unblock these' }))
  expect(to).toHaveAccessibleDescription('A number from 1 to 100')
  await user.clear(to)
  await user.type(to, '100')
  await user.click(screen.getByRole('button', { name: 'Unblock these' }))
  await waitFor(() => expect(wishes).toEqual([{ block: [], unblock: ['GA-000099', 'GA-000100'] }]))
})

test('the concert of another organiser is not found; a broken connection is an error', async () => {
  server.use(http.get(at('/concerts/:id'), () => problem(404, 'not_found')))
  openPages(dashboardRoutes([]), `${HOME}/bookings`)
  expect(await screen.findByRole('heading', { name: 'Concert not found' })).toBeVisible()
})

test('a search text that the server refuses is reported at the search field', async () => {
  const errors = [{ parameter: 'search', code: 'too_long', detail: 'a word has at most 64 letters' }]
  server.use(http.get(at('/concerts'), () => problem(400, 'validation_failed', { errors })))
  openPages(dashboardRoutes([]), `/manage?q=${'x'.repeat(65)}`)
  expect(await screen.findByText('This is too long; shorten it')).toBeInTheDocument()
  expect(screen.getByRole('searchbox')).toBeInvalid()
  expect(screen.queryByText('Something went wrong')).not.toBeInTheDocument()
})
