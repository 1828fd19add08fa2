import { expect, test } from 'vitest'
import { minorOf, typedAmount } from './amount'

test.each([
  ['25', 'EUR', 2_500],
  ['25.5', 'EUR', 2_550],
  ['25,50', 'EUR', 2_550],
  ['0', 'EUR', 0],
  ['1.250.000', 'IDR', 125_000_000],
  ['1 250 000', 'IDR', 125_000_000],
  ['1,250,000.50', 'IDR', 125_000_050],
  ['1.250', 'IDR', 125_000],
  ['500', 'JPY', 500],
  ['1,500', 'JPY', 1_500],
  ['1.250', 'KWD', 1_250],
  ['12.5', 'KWD', 12_500],
])('%s %s are %i minor units', (typed, currency, minor) => {
  expect(minorOf(typed, currency)).toBe(minor)
})

test.each([
  ['', 'EUR'],
  ['free', 'EUR'],
  ['-5', 'EUR'],
  ['5.', 'EUR'],
  ['12.345.6', 'EUR'],
  ['1,25,000', 'EUR'],
  ['5.50', 'JPY'],
  ['10000000001', 'EUR'],
])('"%s" is no amount of %s', (typed, currency) => {
  expect(minorOf(typed, currency)).toBeUndefined()
})

test('what is typed into a field is read back as the same', () => {
  for (const currency of ['EUR', 'IDR', 'JPY', 'KWD']) {
    for (const minor of [0, 5, 50, 1_250, 125_000_000]) {
      expect(minorOf(typedAmount(minor, currency), currency)).toBe(minor)
    }
  }
  expect(typedAmount(90_000_000, 'IDR')).toBe('900000')
  expect(typedAmount(2_550, 'EUR')).toBe('25.50')
})
