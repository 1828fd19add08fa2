import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { LANGUAGES } from './language'
import { CURRENCIES, formatAmountInput, minorDigits, parseAmount, parseMinorUnits } from './money'

test.each([
  ['25', 'EUR', 2_500],
  ['25.5', 'EUR', 2_550],
  ['25,50', 'EUR', 2_550],
  ['0', 'EUR', 0],
  ['1.250.000', 'IDR', 125_000_000],
  ['1 250 000', 'IDR', 125_000_000],
  ['1,250,000.50', 'IDR', 125_000_050],
  ['1.250.000,50', 'IDR', 125_000_050],
  ['1.250', 'IDR', 125_000],
  ['1,250', 'IDR', 125_000],
  ['500', 'JPY', 500],
  ['1,500', 'JPY', 1_500],
  ['1.500', 'JPY', 1_500],
  ['25000', 'IQD', 25_000_000],
  ['25 000', 'IQD', 25_000_000],
  ['25,000,000', 'IQD', 25_000_000_000],
  ['25.5', 'IQD', 25_500],
  ['12,50', 'KWD', 12_500],
  ['1,250.750', 'KWD', 1_250_750],
  ['1.250,750', 'KWD', 1_250_750],
  ['0.750', 'KWD', 750],
  ['12.1250', 'KWD', 12_125],
])('%s %s are %i minor units', (typed, currency, minor) => {
  expect(parseMinorUnits(typed, currency)).toBe(minor)
})

test.each([
  ['25,000', 'IQD', [25_000_000, 25_000]],
  ['25.000', 'IQD', [25_000_000, 25_000]],
  ['1,000', 'KWD', [1_000_000, 1_000]],
  ['1.250', 'KWD', [1_250_000, 1_250]],
  ['1.250', 'CLF', [12_500_000, 12_500]],
])('%s %s could mean two amounts, so it means none', (typed, currency, minors) => {
  expect(parseAmount(typed, currency)).toEqual({ kind: 'ambiguous', minors })
  expect(parseMinorUnits(typed, currency)).toBeUndefined()
})

test.each([
  ['', 'EUR'],
  ['free', 'EUR'],
  ['-5', 'EUR'],
  ['5.', 'EUR'],
  ['.5', 'EUR'],
  ['12.345.6', 'EUR'],
  ['1,25,000', 'EUR'],
  ['0,500', 'EUR'],
  ['1.250.00', 'EUR'],
  ['5.50', 'JPY'],
  ['12.1255', 'KWD'],
  ['10000000001', 'EUR'],
])('"%s" is no amount of %s', (typed, currency) => {
  expect(parseAmount(typed, currency)).toEqual({ kind: 'none' })
})

test('a formatted amount parses to the same amount in both languages', () => {
  for (const currency of ['EUR', 'IDR', 'JPY', 'KWD', 'CLF']) {
    for (const minor of [0, 5, 50, 999, 1_250, 12_125, 25_000, 1_234_567, 125_000_000]) {
      for (const language of LANGUAGES) {
        const typed = formatAmountInput(minor, currency, language)
        expect(parseMinorUnits(typed, currency), `${typed} ${currency}`).toBe(minor)
      }
    }
  }
  expect(formatAmountInput(90_000_000, 'IDR', 'id')).toBe('900000')
  expect([formatAmountInput(2_550, 'EUR', 'en'), formatAmountInput(2_550, 'EUR', 'id')]).toEqual([
    '25.50',
    '25,50',
  ])
  expect(formatAmountInput(12_500, 'KWD', 'en')).toBe('12.5')
})

test('the currencies offered, and their digits, are those of the API', () => {
  const document = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../openapi.json'), 'utf8'))
  const { currency } = document.components.schemas.CreateConcert.properties
  const offered = Object.fromEntries(CURRENCIES.map((code) => [code, minorDigits(code)]))
  expect(offered).toEqual(currency['x-minor-digits'])
})
