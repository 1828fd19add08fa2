import { currentLanguage, type Language } from './language'

/** The largest price that the server accepts, in minor units. */
const AMOUNT_MAX = 1_000_000_000_000

const USUAL_DIGITS = 2
/** The digits of a thousands group. */
const GROUP = 3
/** Decimals by ISO 4217 where they are not two. Browsers show rupiah without decimals, although it has two. */
const UNUSUAL_DIGITS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
])

/** The currencies that the server accepts. A test compares them with the OpenAPI document. */
export const CURRENCIES = [
  ...'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD'.split(
    ' ',
  ),
  ...'CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP'.split(
    ' ',
  ),
  ...'GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR'.split(
    ' ',
  ),
  ...'KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV'.split(
    ' ',
  ),
  ...'MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG'.split(
    ' ',
  ),
  ...'SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN'.split(
    ' ',
  ),
  ...'UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL'.split(' '),
]

/** The number of decimals of a currency. */
export function minorDigits(currency: string): number {
  return UNUSUAL_DIGITS[currency] ?? USUAL_DIGITS
}

/** A parsed text: one amount in minor units, two possible ones, or none. */
export type ParsedAmount =
  | { kind: 'amount'; minor: number }
  | { kind: 'ambiguous'; minors: [number, number] }
  | { kind: 'none' }

const NONE: ParsedAmount = { kind: 'none' }

/**
 * Parses an amount in English or Indonesian notation: `25`, `25.50`, `25,50`, `1.250.000`, `1,250,000.50`. Both point
 * and comma are tried as the decimal mark. In a currency with three decimals `1,250` can be 1250 or 1.25: both are
 * returned, none is guessed.
 */
export function parseAmount(typed: string, currency: string): ParsedAmount {
  const text = typed.replace(/[\s'’]/g, '')
  const digits = minorDigits(currency)
  const [one, other] = [...new Set([readWith('.', text, digits), readWith(',', text, digits)])].filter(
    (minor) => minor !== undefined,
  )
  if (one === undefined) return NONE
  if (other === undefined) return { kind: 'amount', minor: one }
  return { kind: 'ambiguous', minors: one > other ? [one, other] : [other, one] }
}

/** The amount in minor units, when the text is unambiguous. */
export function parseMinorUnits(typed: string, currency: string): number | undefined {
  const read = parseAmount(typed, currency)
  return read.kind === 'amount' ? read.minor : undefined
}

function readWith(point: '.' | ',', text: string, digits: number): number | undefined {
  const parts = text.split(point)
  if (parts.length > 2) return undefined
  const [before = '', after] = parts
  if (after !== undefined && !isFraction(after, digits)) return undefined
  const comma = point === '.' ? ',' : '.'
  const isGrouped = new RegExp(`^[1-9]\\d{0,2}(?:\\${comma}\\d{3})+$`).test(before)
  if (!isGrouped && !/^\d+$/.test(before)) return undefined
  const whole = before.replaceAll(comma, '')
  const minor = Number(`${whole}${(after ?? '').slice(0, digits).padEnd(digits, '0')}`)
  return Number.isSafeInteger(minor) && minor <= AMOUNT_MAX ? minor : undefined
}

/** Three digits after a mark look like thousands; a fourth, zero, makes them decimals. */
function isFraction(text: string, digits: number): boolean {
  const spare = digits >= GROUP ? '0?' : ''
  return digits > 0 && new RegExp(`^\\d{1,${digits}}${spare}$`).test(text)
}

/** Formats minor units for an input, unambiguously: `25.50`, `1250000`; with a comma in Indonesian. */
export function formatAmountInput(
  minor: number,
  currency: string,
  language: Language = currentLanguage(),
): string {
  const digits = minorDigits(currency)
  const text = String(minor).padStart(digits + 1, '0')
  const [whole, fraction] = [text.slice(0, text.length - digits), text.slice(text.length - digits)]
  const point = language === 'id' ? ',' : '.'
  if (/^0*$/.test(fraction)) return whole
  if (digits < GROUP) return `${whole}${point}${fraction}`
  const short = fraction.replace(/0+$/, '')
  return `${whole}${point}${short.length === GROUP ? `${short}0` : short}`
}
