import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { openPages } from '@/testing/render'
import { aUser } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { adminRoutes } from './routes'

/** A mock server with these accounts that filters and stores changes. */
function withUsers(users = [aUser(), aUser({ id: '2', username: 'budi', role: 'admin' })]) {
  const changes: unknown[] = []
  server.use(
    http.get(at('/users'), ({ request }) => {
      const { searchParams } = new URL(request.url)
      const [text, role] = [searchParams.get('search') ?? '', searchParams.get('role')]
      const items = users.filter((user) => user.username.includes(text) && (!role || user.role === role))
      return HttpResponse.json({ items, next_cursor: null })
    }),
    http.patch(at('/users/:id'), async ({ request, params }) => {
      const change = (await request.json()) as object
      changes.push({ id: params.id, ...change })
      const user = users.find(({ id }) => id === params.id)
      return HttpResponse.json(Object.assign(user ?? {}, change))
    }),
  )
  return changes
}

const rowOf = async (name: string) => {
  const cell = await screen.findByRole('rowheader', { name: new RegExp(`^${name}`) })
  return within(cell.closest('tr') ?? cell)
}

test('changing a role must be confirmed', async () => {
  const changes = withUsers()
  const { user } = openPages(adminRoutes, '/admin/users')
  const role = (await rowOf('ana')).getByLabelText('Role of ana')
  await user.selectOptions(role, 'Organiser')
  const dialog = within(await screen.findByRole('dialog', { name: 'Make ana organiser?' }))
  expect(changes).toEqual([])
  expect(role).toHaveValue('user')
  await user.click(dialog.getByRole('button', { name: 'Change the role' }))
  await waitFor(() => expect(changes).toEqual([{ id: aUser().id, role: 'manager' }]))
  expect(await screen.findByText('ana is now: Organiser.')).toBeVisible()
  await waitFor(async () => expect((await rowOf('ana')).getByLabelText('Role of ana')).toHaveValue('manager'))
})

test('removing the last administrator is refused with a reason', async () => {
  withUsers()
  server.use(http.patch(at('/users/:id'), () => problem(409, 'last_admin')))
  const { user } = openPages(adminRoutes, '/admin/users')
  await user.selectOptions((await rowOf('budi')).getByLabelText('Role of budi'), 'Customer')
  const dialog = within(await screen.findByRole('dialog'))
  await user.click(dialog.getByRole('button', { name: 'Change the role' }))
  expect(await dialog.findByRole('alert')).toHaveTextContent('last administrator')
  await user.click(dialog.getByRole('button', { name: 'Go back' }))
  expect((await rowOf('budi')).getByLabelText('Role of budi')).toHaveValue('admin')
})

test('an account is suspended and reactivated', async () => {
  const changes = withUsers([aUser()])
  const { user } = openPages(adminRoutes, '/admin/users')
  await user.click(await screen.findByRole('button', { name: 'Suspend ana' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Suspend' }))
  await user.click(await screen.findByRole('button', { name: 'Reactivate ana' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Reactivate' }))
  await screen.findByRole('button', { name: 'Suspend ana' })
  expect(changes).toMatchObject([{ status: 'suspended' }, { status: 'active' }])
})

test('search and filters are kept in the URL and can be reset', async () => {
  withUsers()
  const { user, address } = openPages(adminRoutes, '/admin/users?q=an')
  await rowOf('ana')
  expect(screen.queryByRole('rowheader', { name: /^budi/ })).not.toBeInTheDocument()
  await user.selectOptions(screen.getByLabelText('Role'), 'Administrator')
  await user.click(await screen.findByRole('link', { name: 'Show all users' }))
  await rowOf('budi')
  expect(address()).toBe('/admin/users')
})
