import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { CreateConcert } from '@/api/organiser'
import { openPages } from '@/testing/render'
import { aConcert } from '@/testing/samples'
import { at, problem, server } from '@/testing/server'
import { autosaveKey } from './autosave'
import { builderRoutes } from './routes'

beforeEach(() => sessionStorage.clear())

type User = ReturnType<typeof openPages>['user']

async function fillIn(user: User, fields: Record<string, string>) {
  for (const [label, text] of Object.entries(fields)) {
    const field = await screen.findByLabelText(label)
    await user.clear(field)
    if (text !== '') await user.paste(text)
  }
}

const WHOLE = {
  'Name of the concert': 'Gamelan at Dusk',
  Artist: 'Orkes Pagi',
  Venue: 'Gedung',
  City: 'Bandung',
  'Time zone': 'Asia/Jakarta',
  'The concert begins': '2030-05-31T20:00',
  'Tickets in total': '',
  'Section name': 'Stalls',
  'Price in IDR': '450.000',
}

/** A mock server that stores what is created. */
function withServer() {
  const created: CreateConcert[] = []
  server.use(
    http.post(at('/concerts'), async ({ request }) => {
      created.push((await request.json()) as CreateConcert)
      return HttpResponse.json(aConcert({ status: 'draft' }), { status: 201 })
    }),
  )
  return created
}

test('a concert is sent as the API takes it: minor units, instants of the venue, aisles in every row', async () => {
  const created = withServer()
  const { user, address } = openPages(builderRoutes, '/manage/new')
  await fillIn(user, { ...WHOLE, Rows: '2', 'Aisles after seat': '5, 15' })
  expect(screen.getByRole('img', { name: 'Map of 1 section with 40 tickets' })).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  await waitFor(() => expect(address()).toBe(`/manage/${aConcert().id}`))
  const row = { seats: 20, first: 1, gaps: [5, 15], marks: [] }
  expect(created).toEqual([
    expect.objectContaining({
      name: 'Gamelan at Dusk',
      starts_at: '2030-05-31T13:00:00.000Z',
      sales_end_at: '2030-05-31T13:00:00.000Z',
      currency: 'IDR',
      max_tickets_per_booking: 10,
      max_tickets_per_user: null,
      sections: [
        {
          code: 'A',
          name: 'Stalls',
          kind: 'seated',
          prices: [{ code: 'standard', name: 'Standard', price: 45_000_000, audience: 'anyone' }],
          layout: [
            { label: '1', ...row },
            { label: '2', ...row },
          ],
        },
      ],
    }),
  ])
})

test('uneven rows, marked seats and categories', async () => {
  const created = withServer()
  const { user } = openPages(builderRoutes, '/manage/new')
  await fillIn(user, { ...WHOLE, Rows: '1', 'Seats per row': '4' })
  await user.click(screen.getByRole('radio', { name: 'Row by row' }))
  await user.click(screen.getByRole('button', { name: 'Add a row' }))
  await fillIn(user, { 'Seats, row 2': '6', 'First no., row 2': '11', 'Wheelchair, row 2': '11, 16' })
  await user.click(screen.getByRole('button', { name: 'Add a price category' }))
  const [, forWhom] = screen.getAllByLabelText('Category name')
  const [, price] = screen.getAllByLabelText('Price in IDR')
  if (forWhom && price) {
    await user.type(forWhom, 'Students under 25')
    await user.type(price, '0')
  }
  await user.click(screen.getByRole('checkbox', { name: /Only for our team/ }))
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  await waitFor(() => expect(created).toHaveLength(1))
  expect(created[0]?.sections[0]).toMatchObject({
    layout: [
      { label: '1', seats: 4, first: 1, gaps: [], marks: [] },
      {
        label: '2',
        seats: 6,
        first: 11,
        marks: [
          { kind: 'wheelchair', seat: 11 },
          { kind: 'wheelchair', seat: 16 },
        ],
      },
    ],
    prices: [
      { code: 'standard' },
      { code: 'students_under_2', name: 'Students under 25', price: 0, audience: 'members' },
    ],
  })
})

test('validation errors are shown at their fields before a request', async () => {
  const created = withServer()
  const { user } = openPages(builderRoutes, '/manage/new')
  await fillIn(user, {
    ...WHOLE,
    'Time zone': 'Asia/Nowhere',
    Rows: '501',
    'Aisles after seat': 'middle',
    'Price in IDR': '',
  })
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  await waitFor(() =>
    expect(screen.getByLabelText('Rows')).toHaveAccessibleDescription('A number from 1 to 500'),
  )
  expect(screen.getByLabelText('Time zone')).toHaveAccessibleDescription(
    /A zone that this browser knows, such as Asia\/Jakarta/,
  )
  expect(screen.getByLabelText('Aisles after seat')).toBeInvalid()
  expect(screen.getByLabelText('Price in IDR')).toHaveAccessibleDescription('Please fill this in')
  expect(created).toEqual([])
})

test('what only the whole can tell: the order of times, twins, seats beyond a row', async () => {
  const created = withServer()
  const { user } = openPages(builderRoutes, '/manage/new')
  await fillIn(user, {
    ...WHOLE,
    'The sale ends': '2030-06-01T10:00',
    'Aisles after seat': '20',
    'Price in IDR': 'cheap',
  })
  await user.click(screen.getByRole('button', { name: 'Copy Stalls' }))
  const [, code] = screen.getAllByLabelText('Section code')
  const [, name] = screen.getAllByLabelText('Section name')
  expect(code).toHaveValue('B')
  if (code && name) {
    await user.type(name, 'Circle')
    await user.clear(code)
    await user.type(code, 'a')
  }
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  await waitFor(() =>
    expect(screen.getByLabelText('The sale ends')).toHaveAccessibleDescription(
      /must end by the time the concert begins/,
    ),
  )
  expect(code).toHaveAccessibleDescription('Another section has this code')
  for (const aisles of screen.getAllByLabelText('Aisles after seat')) {
    expect(aisles).toHaveAccessibleDescription('A number from 1 to 19')
  }
  for (const price of screen.getAllByLabelText('Price in IDR')) expect(price).toBeInvalid()
  expect(created).toEqual([])
})

test('the server’s field errors are shown at their fields, the rest above the button', async () => {
  server.use(
    http.post(at('/concerts'), () =>
      problem(422, 'validation_failed', {
        errors: [
          { pointer: '/starts_at', code: 'in_the_past', detail: 'the concert begins in the future' },
          {
            pointer: '/sections/0/prices/0/code',
            code: 'duplicate',
            detail: 'another category has this code',
          },
          { pointer: '/organiser_id', code: 'required', detail: 'say for which organiser' },
        ],
      }),
    ),
  )
  const { user } = openPages(builderRoutes, '/manage/new')
  await fillIn(user, WHOLE)
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Please fill this in')
  expect(screen.getByLabelText('The concert begins')).toHaveAccessibleDescription(
    'This is in the past; choose a later time',
  )
  expect(screen.getByLabelText('Category name')).toHaveAccessibleDescription(/^This appears twice/)
})

test('marks on the layout and in the rows’ lists are in sync', async () => {
  const created = withServer()
  const { user } = openPages(builderRoutes, '/manage/new')
  await fillIn(user, { ...WHOLE, Rows: '2', 'Seats per row': '6' })
  const plan = screen.getByRole('application', { name: 'Map for marking seats' })
  plan.focus()
  await user.keyboard('{ArrowDown}{ArrowRight} ')
  // Even rows become individual rows.
  expect(await screen.findByLabelText('Wheelchair, row 2')).toHaveValue('2')
  expect(screen.getByText('Stalls, row 2, seat 2: Wheelchair')).toBeVisible()
  await user.click(screen.getByRole('radio', { name: 'Companion' }))
  plan.focus()
  await user.keyboard('{ArrowRight} {ArrowRight} {ArrowLeft} ')
  expect(screen.getByLabelText('Companion, row 2')).toHaveValue('4')

  await fillIn(user, { 'Companion, row 2': '3, 4' })
  plan.focus()
  await user.keyboard('{ArrowLeft} ')
  expect(screen.getByLabelText('Companion, row 2')).toHaveValue('2-4')
  expect(screen.getByLabelText('Wheelchair, row 2')).toHaveValue('')

  await fillIn(user, { 'Wheelchair, row 2': '5-' })
  plan.focus()
  await user.keyboard(' ')
  expect(screen.getByText('Finish the seat numbers of Stalls, row 2 first.')).toBeVisible()
  expect(screen.getByLabelText('Companion, row 2')).toHaveValue('2-4')

  await fillIn(user, { 'Wheelchair, row 2': '5' })
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  await waitFor(() => expect(created).toHaveLength(1))
  const marks = [
    { kind: 'wheelchair', seat: 5 },
    { kind: 'companion', seat: 2 },
    { kind: 'companion', seat: 3 },
    { kind: 'companion', seat: 4 },
  ]
  expect(created[0]?.sections[0]).toMatchObject({ layout: [{}, { marks }] })
})

test('the input survives a reload and can be discarded', async () => {
  withServer()
  const first = openPages(builderRoutes, '/manage/new')
  await fillIn(first.user, { ...WHOLE, Rows: '7' })
  await first.user.click(screen.getByRole('button', { name: 'Add a standing section' }))
  window.dispatchEvent(new Event('pagehide'))
  cleanup()

  const { user, address } = openPages(builderRoutes, '/manage/new')
  expect(await screen.findByLabelText('Name of the concert')).toHaveValue('Gamelan at Dusk')
  expect(screen.getByLabelText('Rows')).toHaveValue('7')
  expect(screen.getByLabelText('Capacity')).toHaveValue('300')
  await user.click(screen.getByRole('button', { name: 'Start over' }))
  expect(screen.getByLabelText('Name of the concert')).toHaveValue('')
  expect(screen.queryByText('This is what you had typed before.')).not.toBeInTheDocument()

  await fillIn(user, WHOLE)
  await user.click(screen.getByRole('button', { name: 'Save as a draft' }))
  await waitFor(() => expect(address()).toBe(`/manage/${aConcert().id}`))
  cleanup()
  openPages(builderRoutes, '/manage/new')
  expect(await screen.findByLabelText('Name of the concert')).toHaveValue('')
})

test.each(['{', '{"name":"old"}', '[]', 'null'])(
  'autosaved values of another version are ignored: %s',
  async (kept) => {
    sessionStorage.setItem(autosaveKey(undefined, null), kept)
    openPages(builderRoutes, '/manage/new')
    expect(await screen.findByLabelText('Name of the concert')).toHaveValue('')
  },
)

test('a copy has the same sections and prices, and no times', async () => {
  const original = aConcert()
  server.use(http.get(at('/concerts/:id'), () => HttpResponse.json(original)))
  openPages(builderRoutes, `/manage/new?from=${original.id}`)
  const floor = within(await screen.findByRole('region', { name: 'Floor' }))
  expect(floor.getByLabelText('Capacity')).toHaveValue('100')
  expect(floor.getByLabelText('Price in IDR')).toHaveValue('250000')
  const stalls = within(screen.getByRole('region', { name: 'Stalls' }))
  expect(stalls.getByLabelText('Seats, row 2')).toHaveValue('2')
  expect(screen.getByLabelText('The concert begins')).toHaveValue('')
  expect(screen.getByRole('img', { name: 'Map of 2 sections with 105 tickets' })).toBeVisible()
})
