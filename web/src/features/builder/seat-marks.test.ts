import { expect, test } from 'vitest'
import { newRow, type RowFields } from './form'
import { toggleMark } from './seat-marks'

const row = (change: Partial<RowFields>): RowFields => ({ ...newRow('A', '20'), ...change })

test('a mark is added to its list in order', () => {
  expect(toggleMark(row({ wheelchair: '2, 9' }), 'wheelchair', 3)).toEqual({
    wheelchair: '2-3, 9',
    companion: '',
    restricted_view: '',
  })
})

test('marking again removes the mark', () => {
  expect(toggleMark(row({ companion: '4-6' }), 'companion', 5)?.companion).toBe('4, 6')
})

test('a seat has one mark: another one takes its place, and other lists stay as they were typed', () => {
  expect(toggleMark(row({ wheelchair: '1,2', restricted_view: '9;8' }), 'companion', 2)).toEqual({
    wheelchair: '1',
    companion: '2',
    restricted_view: '9;8',
  })
})

test('an incomplete list is not changed', () => {
  expect(toggleMark(row({ companion: '4-' }), 'wheelchair', 1)).toBeUndefined()
})
