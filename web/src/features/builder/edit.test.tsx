import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { Outlet, type RouteObject } from 'react-router'
import { expect, test } from 'vitest'
import type { Concert } from '@/api/concerts'
import { openPages } from '@/testing/render'
import { aConcert } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { editRoutes } from './routes'

/** Renders the pages inside the concert's layout route. */
const framed = (concert: Concert): RouteObject[] => [
  { path: 'manage/:id', element: <Outlet context={concert} />, children: editRoutes },
]

function withChanges(concert: Concert) {
  const changes: { tag: string | null; body: unknown }[] = []
  server.use(
    http.patch(at('/concerts/:id'), async ({ request }) => {
      const body = (await request.json()) as Partial<Concert>
      changes.push({ tag: request.headers.get('If-Match'), body })
      return HttpResponse.json({
        ...concert,
        ...body,
        sections: concert.sections,
        revision: concert.revision + 1,
      })
    }),
  )
  return changes
}

test('only changed fields are sent, with the revision that was read', async () => {
  const concert = aConcert({ starts_at: '2030-05-31T13:00:30Z' })
  const changes = withChanges(concert)
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  const name = await screen.findByLabelText('Name of the concert')
  await user.clear(name)
  await user.type(name, 'A Longer Evening')
  const price = screen.getByLabelText('Price of Floor, Standard')
  await user.clear(price)
  await user.type(price, '275.000')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  await waitFor(() =>
    expect(changes).toEqual([
      {
        tag: '"7"',
        body: {
          name: 'A Longer Evening',
          sections: [
            {
              code: 'GA',
              prices: [{ code: 'standard', name: 'Standard', price: 27_500_000, audience: 'anyone' }],
            },
          ],
        },
      },
    ]),
  )
  expect(await screen.findByText('Saved.')).toBeVisible()
  await user.type(screen.getByLabelText('Name of the concert'), '!')
  expect(screen.queryByText('Saved.')).not.toBeInTheDocument()
})

test('terms of the sale are read-only, names can be edited', async () => {
  const concert = aConcert()
  openPages(framed(concert), `/manage/${concert.id}/details`)
  expect(await screen.findByLabelText('The sale begins')).toHaveAttribute('readonly')
  expect(screen.getByLabelText('Tickets per booking')).toHaveAttribute('readonly')
  expect(screen.getByLabelText('Artist')).not.toHaveAttribute('readonly')
  expect(screen.getByLabelText('Venue')).not.toHaveAttribute('readonly')
  expect(screen.getByLabelText('The sale ends')).not.toHaveAttribute('readonly')
})

test('all fields of a published concert are editable until its sale begins', async () => {
  const concert = aConcert({ sales_start_at: '2030-05-01T00:00:00Z' })
  openPages(framed(concert), `/manage/${concert.id}/details`)
  expect(await screen.findByLabelText('The sale begins')).not.toHaveAttribute('readonly')
  expect(screen.getByLabelText('Tickets per booking')).not.toHaveAttribute('readonly')
})

test('changing the description never moves a concert in the repeated hour', async () => {
  // The second 02:30 of the night in which clocks go back.
  const concert = aConcert({
    time_zone: 'Europe/Berlin',
    starts_at: '2030-10-27T01:30:15Z',
    sales_end_at: '2030-10-27T01:30:15Z',
  })
  const changes = withChanges(concert)
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  expect(await screen.findByLabelText('The concert begins')).toHaveValue('2030-10-27T02:30')
  expect(screen.getByLabelText('The concert begins: Clocks show this time twice. Which one?')).toHaveValue(
    'UTC+1',
  )
  await user.type(screen.getByLabelText('Description'), 'Two sets')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  await waitFor(() => expect(changes.map(({ body }) => body)).toEqual([{ description: 'Two sets' }]))
})

test('a repeated time asks for its offset, a skipped one is an error with the next time', async () => {
  const concert = aConcert({ time_zone: 'Europe/Berlin', status: 'draft' })
  const changes = withChanges(concert)
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  const starts = await screen.findByLabelText('The concert begins')
  const type = async (text: string) => {
    await user.clear(starts)
    await user.type(starts, text)
    await user.click(screen.getByRole('button', { name: 'Save changes' }))
  }
  await type('2031-03-30T02:30')
  expect(
    await screen.findByText('Clocks at the venue are put forward and skip this time; the next one is 03:00'),
  ).toBeVisible()
  await type('2031-10-26T02:30')
  const which = screen.getByLabelText('The concert begins: Clocks show this time twice. Which one?')
  // The previous time is in summer time, the first of the two.
  expect(which).toHaveValue('UTC+2')
  await user.selectOptions(which, 'The second, UTC+1')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  await waitFor(() => expect(changes.at(-1)?.body).toEqual({ starts_at: '2031-10-26T01:30:00.000Z' }))
})

test('a concert in a zone unknown to the browser is edited in UTC and keeps its times', async () => {
  const concert = aConcert({ time_zone: 'America/Newtown', status: 'draft' })
  const changes = withChanges(concert)
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  expect(await screen.findByLabelText('The concert begins')).toHaveValue('2030-05-31T13:00')
  expect(
    screen.getByText(/does not know the zone America\/Newtown, so all times here are in UTC/),
  ).toBeVisible()
  await user.type(screen.getByLabelText('Name of the concert'), '!')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  await waitFor(() => expect(changes.map(({ body }) => body)).toEqual([{ name: 'Evening in May!' }]))
})

test('an ambiguous price is an error', async () => {
  const concert = aConcert({ currency: 'KWD', status: 'draft' })
  const changes = withChanges(concert)
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  const price = await screen.findByLabelText('Price of Floor, Standard')
  await user.clear(price)
  await user.type(price, '1,000')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  expect(await screen.findByText('This could be 1000 or 1. Type one of these.')).toBeVisible()
  await user.clear(price)
  await user.type(price, '1000')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  await waitFor(() => expect(changes).toHaveLength(1))
  expect(changes[0]?.body).toMatchObject({ sections: [{ prices: [{ price: 1_000_000 }] }] })
})

test('when another member saved first, the input is kept and both changes are merged', async () => {
  const concert = aConcert()
  const newest = aConcert({ name: 'Theirs', venue: 'Their Hall', revision: 8 })
  const tags: (string | null)[] = []
  const bodies: unknown[] = []
  server.use(
    http.patch(at('/concerts/:id'), async ({ request }) => {
      tags.push(request.headers.get('If-Match'))
      bodies.push(await request.json())
      if (tags.length === 1) return problem(412, 'outdated')
      return HttpResponse.json({ ...newest, revision: 9 })
    }),
    http.get(at('/concerts/:id'), () => HttpResponse.json(newest)),
  )
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  const name = await screen.findByLabelText('Name of the concert')
  await user.clear(name)
  await user.type(name, 'Mine')
  await user.type(screen.getByLabelText('Description'), 'A page of text')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  const notice = await screen.findByRole('alert')
  expect(notice).toHaveTextContent('Your changes are still here, but not saved yet')
  expect(notice).toHaveTextContent(
    'Name of the concert you wrote “Mine”, they wrote “Theirs”. Yours is kept.',
  )
  expect(notice).toHaveTextContent('Venue is now: Their Hall')
  expect(notice).toHaveFocus()
  expect(screen.getByLabelText('Name of the concert')).toHaveValue('Mine')
  expect(screen.getByLabelText('Description')).toHaveValue('A page of text')
  expect(screen.getByLabelText('Venue')).toHaveValue('Their Hall')
  await user.click(screen.getByRole('button', { name: 'Use theirs for Name of the concert' }))
  expect(screen.getByLabelText('Name of the concert')).toHaveValue('Theirs')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  expect(await screen.findByText('Saved.')).toBeVisible()
  expect(tags).toEqual(['"7"', '"8"'])
  expect(bodies[1]).toEqual({ description: 'A page of text' })
})
