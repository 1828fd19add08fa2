import { useMemo } from 'react'
import { type Language, useLanguage } from './language'

/** How people read the language where our concerts are. */
const LOCALES: Record<Language, string> = { en: 'en-GB', id: 'id-ID' }

/** Digits behind the point by ISO 4217, where they are not two. Browsers show rupiah without its hundredths, but count them. */
const MINOR_DIGITS: Record<string, number> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
])

/** How many digits of a currency's minor units lie behind the point. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2
}

const SECOND_MS = 1_000
const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** Money, dates and numbers as they are written in a language. */
export class Formats {
  private readonly locale: string
  private readonly kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

  constructor(language: Language) {
    this.locale = LOCALES[language]
  }

  private currency(currency: string): Intl.NumberFormat {
    return this.keep(`money ${currency}`, () => {
      const digits = {
        minimumFractionDigits: minorDigits(currency),
        maximumFractionDigits: minorDigits(currency),
      }
      const style = { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' } as const
      return new Intl.NumberFormat(this.locale, { ...style, ...digits })
    })
  }

  private date(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return this.keep(JSON.stringify(options), () => new Intl.DateTimeFormat(this.locale, options))
  }

  private keep<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => F): F {
    const known = this.kept.get(key) as F | undefined
    if (known) return known
    const made = make()
    this.kept.set(key, made)
    return made
  }

  /** An amount in minor units of a currency. */
  money(minor: number, currency: string): string {
    return this.currency(currency).format(minor / 10 ** minorDigits(currency))
  }

  number(value: number): string {
    return this.keep('number', () => new Intl.NumberFormat(this.locale)).format(value)
  }

  percent(share: number): string {
    const options = { style: 'percent', maximumFractionDigits: 1 } as const
    return this.keep('percent', () => new Intl.NumberFormat(this.locale, options)).format(share)
  }

  /** `Friday, 20 November 2026` in a time zone; in the reader's own when none is given. */
  day(instant: string, timeZone?: string): string {
    return this.date({ dateStyle: 'full', timeZone }).format(new Date(instant))
  }

  /** `20 Nov 2026` */
  shortDay(instant: string, timeZone?: string): string {
    return this.date({ dateStyle: 'medium', timeZone }).format(new Date(instant))
  }

  /** `20:00 WIB`: the zone is named, because who reads it may be somewhere else. */
  time(instant: string, timeZone?: string): string {
    const options = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone } as const
    return this.date(options).format(new Date(instant))
  }

  /** `20 Nov 2026, 20:00` */
  dayAndTime(instant: string, timeZone?: string): string {
    return this.date({ dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(instant))
  }

  /** `20:00`, for the scale of a chart. */
  hour(instant: string, timeZone: string): string {
    return this.date({ hour: '2-digit', minute: '2-digit', timeZone }).format(new Date(instant))
  }

  /** `20 Nov`, for the scale of a chart. */
  dayAndMonth(instant: string, timeZone: string): string {
    return this.date({ day: 'numeric', month: 'short', timeZone }).format(new Date(instant))
  }

  /** Parts for a calendar leaf: `FRI`, `20`, `NOV`. */
  leaf(instant: string, timeZone: string): { weekday: string; day: string; month: string } {
    const part = (options: Intl.DateTimeFormatOptions) =>
      this.date({ ...options, timeZone }).format(new Date(instant))
    return {
      weekday: part({ weekday: 'short' }),
      day: part({ day: 'numeric' }),
      month: part({ month: 'short' }),
    }
  }
}

const formats = new Map<Language, Formats>()

export function formatsOf(language: Language): Formats {
  const known = formats.get(language) ?? new Formats(language)
  formats.set(language, known)
  return known
}

export function useFormats(): Formats {
  const language = useLanguage()
  return useMemo(() => formatsOf(language), [language])
}

/** `9:05`, `1:09:05`: what is left of a while, for clocks that run down; with days apart from it. */
export function clockOf(milliseconds: number): { days: number; clock: string } {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND_MS))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor((seconds % DAY_S) / HOUR_S)
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S)
  const rest = `${two(seconds % MINUTE_S)}`
  const clock = hours > 0 || seconds >= DAY_S ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
  return { days: Math.floor(seconds / DAY_S), clock }
}

/** Whether a time zone shows the same time as the reader's own at that instant. */
export function isOwnTime(instant: string, timeZone: string): boolean {
  const at = (zone?: string) =>
    new Intl.DateTimeFormat('en', { dateStyle: 'short', timeStyle: 'short', timeZone: zone }).format(
      new Date(instant),
    )
  return at(timeZone) === at()
}
