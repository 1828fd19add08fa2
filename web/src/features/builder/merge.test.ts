import { expect, test } from 'vitest'
import type { Concert } from '@/api/concerts'
import { aConcert } from '@/testing/samples'
import { type EditFields, editFieldsOf } from './concert-changes'
import { mergeEdits } from './merge'

const BEFORE = aConcert({ status: 'draft' })
const typed = (change: Partial<EditFields>): EditFields => ({ ...editFieldsOf(BEFORE), ...change })
const changed = (change: Partial<Concert>): Concert => ({
  ...BEFORE,
  ...change,
  revision: BEFORE.revision + 1,
})

test('changes of different fields are merged', () => {
  const theirs = changed({ venue: 'Other Hall', starts_at: '2030-06-01T13:00:00Z' })
  const { fields, differences } = mergeEdits(BEFORE, typed({ description: 'Two sets' }), theirs, 'draft')
  expect(fields).toEqual({ ...editFieldsOf(theirs), description: 'Two sets' })
  expect(differences.map(({ field, kind }) => [field, kind])).toEqual([
    [{ detail: 'venue' }, 'theirs'],
    [{ detail: 'starts_at' }, 'theirs'],
  ])
})

test('a conflicting change keeps the input and reports theirs', () => {
  const { fields, differences } = mergeEdits(
    BEFORE,
    typed({ name: 'Mine' }),
    changed({ name: 'Theirs' }),
    'draft',
  )
  expect(fields.name).toBe('Mine')
  expect(differences).toEqual([{ field: { detail: 'name' }, mine: 'Mine', theirs: 'Theirs', kind: 'both' }])
})

test('an equal change of both is no difference', () => {
  const { fields, differences } = mergeEdits(
    BEFORE,
    typed({ name: 'Ours' }),
    changed({ name: 'Ours' }),
    'draft',
  )
  expect(fields.name).toBe('Ours')
  expect(differences).toEqual([])
})

test('fields that became fixed are reported and not sent', () => {
  const theirs = changed({ status: 'on_sale' })
  const { fields, differences } = mergeEdits(BEFORE, typed({ max_tickets_per_user: '4' }), theirs, 'selling')
  expect(fields.max_tickets_per_user).toBe('10')
  expect(differences).toEqual([
    { field: { detail: 'max_tickets_per_user' }, mine: '4', theirs: '10', kind: 'fixed' },
  ])
})

test('a time goes with its offset', () => {
  const mine = typed({ starts_at: '2030-10-27T02:30', starts_at_offset: 'UTC+1' })
  const { fields } = mergeEdits(BEFORE, mine, changed({ name: 'Theirs' }), 'draft')
  expect([fields.starts_at, fields.starts_at_offset]).toEqual(['2030-10-27T02:30', 'UTC+1'])
})

test('prices are merged by section and category', () => {
  const [stalls, floor] = BEFORE.sections
  if (!stalls || !floor) throw new Error('the sample has two sections')
  const theirs = changed({
    sections: [
      stalls,
      { ...floor, prices: [{ code: 'standard', name: 'Standard', price: 30_000_000, audience: 'anyone' }] },
    ],
  })
  const mine = typed({ sections: [{ prices: ['550000'] }, { prices: ['275000'] }] })
  const { fields, differences } = mergeEdits(BEFORE, mine, theirs, 'draft')
  expect(fields.sections).toEqual([{ prices: ['550000'] }, { prices: ['275000'] }])
  expect(differences).toEqual([
    {
      field: { section: 'Floor', category: 'Standard', path: 'sections.1.prices.0' },
      mine: '275000',
      theirs: '300000',
      kind: 'both',
    },
  ])
})
