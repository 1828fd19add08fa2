import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { Outlet, type RouteObject } from 'react-router'
import { expect, test } from 'vitest'
import type { Concert } from '@/api/concerts'
import { openPages } from '@/testing/render'
import { aConcert } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { editRoutes } from './routes'

/** The pages in a frame that knows the concert. */
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

test('only what was changed is sent, with the revision it was read at', async () => {
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
          sections: [{ code: 'GA', prices: [{ code: 'standard', name: 'Standard', price: 27_500_000 }] }],
        },
      },
    ]),
  )
  expect(await screen.findByText('Saved.')).toBeVisible()
  await user.type(screen.getByLabelText('Name of the concert'), '!')
  expect(screen.queryByText('Saved.')).not.toBeInTheDocument()
})

test('what people have bought by cannot be typed into', async () => {
  const concert = aConcert()
  openPages(framed(concert), `/manage/${concert.id}/details`)
  expect(await screen.findByLabelText('Venue')).toHaveAttribute('readonly')
  expect(screen.getByLabelText('The sale begins')).toHaveAttribute('readonly')
  expect(screen.getByLabelText('The sale ends')).not.toHaveAttribute('readonly')
})

test('somebody else’s change is not overwritten; theirs is shown when it is asked for', async () => {
  const concert = aConcert()
  server.use(
    http.patch(at('/concerts/:id'), () => problem(412, 'outdated')),
    http.get(at('/concerts/:id'), () => HttpResponse.json(aConcert({ name: 'Theirs', revision: 8 }))),
  )
  const { user } = openPages(framed(concert), `/manage/${concert.id}/details`)
  await user.type(await screen.findByLabelText('Name of the concert'), ' again')
  await user.click(screen.getByRole('button', { name: 'Save changes' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Someone else has changed this concert')
  expect(screen.getByLabelText('Name of the concert')).toHaveValue('Evening in May again')
  await user.click(screen.getByRole('button', { name: 'Show the latest version' }))
  await waitFor(() => expect(screen.getByLabelText('Name of the concert')).toHaveValue('Theirs'))
})
