import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { openPages } from '@/testing/render'
import { at, problem, server } from '@/testing/server'
import { accountRoutes } from './routes'

async function fillIn(user: ReturnType<typeof openPages>['user'], fields: Record<string, string>) {
  for (const [label, text] of Object.entries(fields)) {
    await user.type(await screen.findByLabelText(label), text)
  }
}

test('validation errors are shown at their fields without a request', async () => {
  const { user } = openPages(accountRoutes, '/register')
  await fillIn(user, { Username: 'a', 'E-mail': 'no address', Password: 'short' })
  await user.click(screen.getByRole('button', { name: 'Create account' }))
  await waitFor(() =>
    expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription('This is not an e-mail address'),
  )
  await waitFor(() => expect(screen.getByLabelText('Password')).toBeInvalid())
  expect(screen.getByLabelText('Username')).toHaveFocus()
})

test('the server’s field errors are shown at their fields', async () => {
  server.use(
    http.post(at('/users'), () =>
      problem(422, 'validation_failed', {
        errors: [{ pointer: '/password', code: 'too_weak', detail: 'weak' }],
      }),
    ),
  )
  const { user } = openPages(accountRoutes, '/register')
  await fillIn(user, { Username: 'ana', 'E-mail': 'ana@example.com', Password: 'aaaaaaaaaaaa' })
  await user.click(screen.getByRole('button', { name: 'Create account' }))
  await waitFor(() => expect(screen.getByLabelText('Password')).toHaveAccessibleDescription(/easy to guess/))

  server.use(http.post(at('/users'), () => problem(409, 'email_taken')))
  await user.click(screen.getByRole('button', { name: 'Create account' }))
  await waitFor(() => expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription(/Log in instead/))
})

test('a wrong password clears the password field only', async () => {
  server.use(http.post(at('/sessions'), () => problem(401, 'wrong_credentials')))
  const { user } = openPages(accountRoutes, '/login')
  await fillIn(user, { 'Username or e-mail': 'ana', Password: 'wrong' })
  await user.click(screen.getByRole('button', { name: 'Log in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The username or the password is wrong.')
  expect(screen.getByLabelText('Password')).toHaveValue('')
  expect(screen.getByLabelText('Username or e-mail')).toHaveValue('ana')
})

test('a lost connection is not reported as a wrong password', async () => {
  server.use(http.post(at('/sessions'), () => HttpResponse.error()))
  const { user } = openPages(accountRoutes, '/login')
  await fillIn(user, { 'Username or e-mail': 'ana', Password: 'right' })
  await user.click(screen.getByRole('button', { name: 'Log in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The connection was lost')
})
