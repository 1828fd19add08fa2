import { expect, test } from 'vitest'
import { formatNumberList, nextRowLabel, parseNumberList } from './number-list'

test.each([
  ['', []],
  ['7', [7]],
  ['1, 4;  7-9', [1, 4, 7, 8, 9]],
  ['10–12', [10, 11, 12]],
  ['5, 5', [5, 5]],
])('"%s" lists %j', (text, numbers) => {
  expect(parseNumberList(text)).toEqual(numbers)
})

test.each(['x', '3-', '9-7', '1-100000', '1-501', '1,,2,-4'])('"%s" is no list of numbers', (text) => {
  expect(parseNumberList(text)).toBeUndefined()
})

test('a formatted list parses to the same numbers', () => {
  expect(formatNumberList([1, 4, 7, 8, 9])).toBe('1, 4, 7-9')
  expect(parseNumberList(formatNumberList([5, 5, 6, 12]))).toEqual([5, 5, 6, 12])
  expect(formatNumberList([])).toBe('')
})

test.each([
  ['A', 'B'],
  ['Z', 'AA'],
  ['AZ', 'BA'],
  ['ZZ', 'AAA'],
  ['9', '10'],
  ['C9', 'C10'],
  ['1A', ''],
])('%s is followed by %s', (label, next) => {
  expect(nextRowLabel(label)).toBe(next)
})
