import { minorDigits } from './format'

/** The largest price that the server takes, in minor units. */
const AMOUNT_MAX = 1_000_000_000_000

const GROUPED = /^\d{1,3}([.,])\d{3}(?:\1\d{3})*$/

/**
 * Minor units of an amount as people type it: `25`, `25.50`, `25,50`, `1.250.000`, `1,250,000.50`. What could mean two
 * things, such as `1.250` of a currency with three digits, is read as the decimals of the currency. `undefined` when it
 * is no amount of the currency.
 */
export function minorOf(typed: string, currency: string): number | undefined {
  const text = typed.replace(/[\s']/g, '')
  const digits = minorDigits(currency)
  const decimals = new RegExp(`^(.*)([.,])(\\d{1,${Math.max(1, digits)}})$`)
  const [, before = text, point, after = ''] = (digits > 0 && decimals.exec(text)) || []
  const whole = point !== undefined && before.includes(point) ? undefined : wholeOf(before)
  if (whole === undefined) return undefined
  const minor = Number(`${whole}${after.padEnd(digits, '0')}`)
  return Number.isSafeInteger(minor) && minor <= AMOUNT_MAX ? minor : undefined
}

function wholeOf(text: string): string | undefined {
  if (/^\d+$/.test(text)) return text
  return GROUPED.test(text) ? text.replace(/\D/g, '') : undefined
}

/** Minor units as they are typed into a field: `25.50`, `1250000`. */
export function typedAmount(minor: number, currency: string): string {
  const digits = minorDigits(currency)
  const text = String(minor).padStart(digits + 1, '0')
  const [whole, fraction] = [text.slice(0, text.length - digits), text.slice(text.length - digits)]
  return /^0*$/.test(fraction) ? whole : `${whole}.${fraction}`
}
