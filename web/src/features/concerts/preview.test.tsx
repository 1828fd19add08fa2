import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import type { SessionState } from '@/api/session'
import * as session from '@/api/use-session'
import { openPages } from '@/testing/render'
import { aConcert, aUser } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { concertsRoutes } from './routes'

const draft = aConcert({ status: 'draft' })

afterEach(() => vi.restoreAllMocks())

/** A mock server with a draft that only its members can read. */
function openAs(state: SessionState, isLoggedIn: boolean) {
  vi.spyOn(session, 'useSession').mockReturnValue(state)
  let asked = 0
  server.use(
    http.get(at('/concerts/:id'), () => {
      asked += 1
      return isLoggedIn && asked > 1 ? HttpResponse.json(draft) : problem(404, 'concert_not_found')
    }),
    http.get(at('/concerts/:id/availability'), () => problem(404, 'not_found')),
  )
  openPages(concertsRoutes, `/concerts/${draft.id}`)
  return () => asked
}

const as = (role: 'user' | 'manager'): SessionState => ({ status: 'authenticated', user: aUser({ role }) })

test('a member of the organiser sees the preview of a draft', async () => {
  openAs(as('manager'), true)
  expect(await screen.findByRole('heading', { level: 1, name: draft.name })).toBeVisible()
  expect(screen.getByRole('status')).toHaveTextContent('only members of its organiser see it')
  expect(screen.getByRole('list', { name: 'Sections' })).toHaveTextContent('Stalls')
  expect(screen.queryByRole('button', { name: /Take/ })).not.toBeInTheDocument()
})

test('another manager does not see the draft', async () => {
  openAs(as('manager'), false)
  expect(await screen.findByRole('heading', { name: 'Concert not found' })).toBeVisible()
})

test('customers are not asked to log in', async () => {
  const asked = openAs(as('user'), true)
  expect(await screen.findByRole('heading', { name: 'Concert not found' })).toBeVisible()
  expect(asked()).toBe(1)
})
