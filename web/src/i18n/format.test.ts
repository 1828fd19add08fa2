import { expect, test } from 'vitest'
import { countdownOf, formatsOf, isOwnTime } from './format'

const plain = (text: string) => text.replace(/\s/g, ' ')

test('money is written from minor units, without empty decimals', () => {
  const [english, indonesian] = [formatsOf('en'), formatsOf('id')]
  expect(plain(english.money(4500, 'EUR'))).toBe('€45')
  expect(plain(english.money(4550, 'EUR'))).toBe('€45.50')
  expect(plain(english.money(500, 'JPY'))).toBe('JP¥500')
  expect(plain(indonesian.money(125_000_000, 'IDR'))).toBe('Rp 1.250.000')
})

test('amounts that are shown together have the same decimals', () => {
  const english = formatsOf('en')
  const alike = (minors: number[], currency: string) =>
    minors.map((minor) => plain(english.moneyFormatter(minors, currency)(minor)))
  expect(alike([12_500, 25_000, 37_500], 'KWD')).toEqual(['KWD 12.500', 'KWD 25.000', 'KWD 37.500'])
  expect(alike([4_500, 9_000], 'EUR')).toEqual(['€45', '€90'])
  expect(alike([4_550, 9_000], 'EUR')).toEqual(['€45.50', '€90.00'])
  expect(alike([500, 1_500], 'JPY')).toEqual(['JP¥500', 'JP¥1,500'])
})

test('a price of 0 is free', () => {
  expect([formatsOf('en').price(0, 'IDR'), formatsOf('id').price(0, 'IDR')]).toEqual(['Free', 'Gratis'])
  expect(formatsOf('en').priceFormatter([0, 4_550], 'EUR')(0)).toBe('Free')
  expect(plain(formatsOf('en').price(4_550, 'EUR'))).toBe('€45.50')
})

test('a zone that the browser does not know breaks nothing: times are in UTC and say so', () => {
  const starts = '2026-12-31T20:00:00Z'
  const [english, indonesian] = [formatsOf('en'), formatsOf('id')]
  expect(english.time(starts, 'Asia/Nowhere')).toBe('20:00 UTC')
  expect(english.day(starts, 'Asia/Nowhere')).toMatch(/^Thursday,? 31 December 2026 UTC$/)
  expect(english.dayAndTime(starts, 'Asia/Nowhere')).toBe('31 Dec 2026, 20:00 UTC')
  expect(english.moment(starts, 'Asia/Nowhere')).toMatch(/^31 Dec 2026,? 20:00 UTC$/)
  expect(indonesian.shortDay(starts, 'Asia/Nowhere')).toBe('31 Des 2026 UTC')
  expect(english.calendarDate(starts, 'Asia/Nowhere').day).toBe('31')
  expect(english.hour(starts, 'Asia/Nowhere')).toBe('20:00')
  expect(isOwnTime(starts, 'Asia/Nowhere')).toBe(isOwnTime(starts, 'UTC'))
})

test('times are in the venue’s zone, and name it', () => {
  const starts = '2026-12-31T20:00:00Z'
  expect(formatsOf('en').day(starts, 'Asia/Jakarta')).toMatch(/^Friday,? 1 January 2027$/)
  expect(formatsOf('id').time(starts, 'Asia/Jakarta')).toBe('03.00 WIB')
  expect(formatsOf('en').moment(starts, 'Asia/Jakarta')).toMatch(/^1 Jan 2027,? 03:00 GMT\+7$/)
})

test.each([
  [0, 0, '0:00'],
  [-5_000, 0, '0:00'],
  [59_001, 0, '1:00'],
  [605_000, 0, '10:05'],
  [3_661_000, 0, '1:01:01'],
  [90_061_000, 1, '1:01:01'],
])('%i ms are %i days and %s', (milliseconds, days, clock) => {
  expect(countdownOf(milliseconds)).toEqual({ days, clock })
})
