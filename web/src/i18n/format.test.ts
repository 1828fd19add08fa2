import { expect, test } from 'vitest'
import { clockOf, formatsOf } from './format'

const plain = (text: string) => text.replace(/\s/g, ' ')

test('money is written from minor units, without empty decimals', () => {
  const [english, indonesian] = [formatsOf('en'), formatsOf('id')]
  expect(plain(english.money(4500, 'EUR'))).toBe('€45')
  expect(plain(english.money(4550, 'EUR'))).toBe('€45.50')
  expect(plain(english.money(500, 'JPY'))).toBe('JP¥500')
  expect(plain(indonesian.money(125_000_000, 'IDR'))).toBe('Rp 1.250.000')
})

test('times are those of the venue, and say so', () => {
  const starts = '2026-12-31T20:00:00Z'
  expect(formatsOf('en').day(starts, 'Asia/Jakarta')).toMatch(/^Friday,? 1 January 2027$/)
  expect(formatsOf('id').time(starts, 'Asia/Jakarta')).toBe('03.00 WIB')
})

test.each([
  [0, 0, '0:00'],
  [-5_000, 0, '0:00'],
  [59_001, 0, '1:00'],
  [605_000, 0, '10:05'],
  [3_661_000, 0, '1:01:01'],
  [90_061_000, 1, '1:01:01'],
])('%i ms are %i days and %s', (milliseconds, days, clock) => {
  expect(clockOf(milliseconds)).toEqual({ days, clock })
})
