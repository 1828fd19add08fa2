import { useMemo } from 'react'
import { type Language, useLanguage } from './language'
import { minorDigits } from './money'
import { moneyMessages } from './money-messages'
import { isTimeZone, shownZone } from './time'

/** How people read the language where our concerts are. */
const LOCALES: Record<Language, string> = { en: 'en-GB', id: 'id-ID' }

const SECOND_MS = 1_000
const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** Money, dates and numbers as they are written in a language. A time zone is a venue's; without one it is the reader's. */
export class Formats {
  private readonly language: Language
  private readonly locale: string
  private readonly kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

  constructor(language: Language) {
    this.language = language
    this.locale = LOCALES[language]
  }

  private currency(currency: string, isWhole: boolean): Intl.NumberFormat {
    return this.keep(`money ${currency} ${isWhole}`, () => {
      const digits = isWhole ? 0 : minorDigits(currency)
      const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
      return new Intl.NumberFormat(this.locale, { style: 'currency', currency, ...options })
    })
  }

  private date(options: Intl.DateTimeFormatOptions, instant: string, timeZone?: string): string {
    const zoned = { ...options, ...(timeZone !== undefined && { timeZone: shownZone(timeZone) }) }
    const format = this.keep(JSON.stringify(zoned), () => new Intl.DateTimeFormat(this.locale, zoned))
    return format.format(new Date(instant))
  }

  private keep<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => F): F {
    const known = this.kept.get(key) as F | undefined
    if (known) return known
    const made = make()
    this.kept.set(key, made)
    return made
  }

  /** An amount in minor units of a currency; whole ones without decimals. */
  money(minor: number, currency: string): string {
    return this.moneyFormatter([minor], currency)(minor)
  }

  /** Amounts that stand together: all with decimals, or all without when none of them needs any. */
  moneyFormatter(minors: number[], currency: string): (minor: number) => string {
    const unit = 10 ** minorDigits(currency)
    const format = this.currency(
      currency,
      minors.every((minor) => minor % unit === 0),
    )
    return (minor) => format.format(minor / unit)
  }

  /** What a ticket costs: an amount, or that it is free. */
  price(minor: number, currency: string): string {
    return this.priceFormatter([minor], currency)(minor)
  }

  /** Prices that stand together. */
  priceFormatter(minors: number[], currency: string): (minor: number) => string {
    const money = this.moneyFormatter(minors, currency)
    return (minor) => (minor === 0 ? moneyMessages[this.language].free : money(minor))
  }

  number(value: number): string {
    return this.keep('number', () => new Intl.NumberFormat(this.locale)).format(value)
  }

  percent(share: number): string {
    const options = { style: 'percent', maximumFractionDigits: 1 } as const
    return this.keep('percent', () => new Intl.NumberFormat(this.locale, options)).format(share)
  }

  /** `Friday, 20 November 2026` */
  day(instant: string, timeZone?: string): string {
    return labelUtc(this.date({ dateStyle: 'full' }, instant, timeZone), timeZone)
  }

  /** `20 Nov 2026` */
  shortDay(instant: string, timeZone?: string): string {
    return labelUtc(this.date({ dateStyle: 'medium' }, instant, timeZone), timeZone)
  }

  /** `20:00 WIB`: the zone is named, because who reads it may be somewhere else. */
  time(instant: string, timeZone?: string): string {
    return this.date({ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }, instant, timeZone)
  }

  /** `20 Nov 2026, 20:00` */
  dayAndTime(instant: string, timeZone?: string): string {
    return labelUtc(this.date({ dateStyle: 'medium', timeStyle: 'short' }, instant, timeZone), timeZone)
  }

  /** `20 Nov 2026, 20:00 WIB`: where times of several zones stand on one page. */
  moment(instant: string, timeZone?: string): string {
    const day = { year: 'numeric', month: 'short', day: 'numeric' } as const
    return this.date({ ...day, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }, instant, timeZone)
  }

  /** `20:00`, for the scale of a chart. */
  hour(instant: string, timeZone: string): string {
    return this.date({ hour: '2-digit', minute: '2-digit' }, instant, timeZone)
  }

  /** `20 Nov`, for the scale of a chart. */
  dayAndMonth(instant: string, timeZone: string): string {
    return this.date({ day: 'numeric', month: 'short' }, instant, timeZone)
  }

  /** Parts for a calendar leaf: `FRI`, `20`, `NOV`. */
  calendarDate(instant: string, timeZone: string): { weekday: string; day: string; month: string } {
    const part = (options: Intl.DateTimeFormatOptions) => this.date(options, instant, timeZone)
    return {
      weekday: part({ weekday: 'short' }),
      day: part({ day: 'numeric' }),
      month: part({ month: 'short' }),
    }
  }
}

/** Where UTC stands in for a zone that the browser does not know, that is said. */
function labelUtc(text: string, timeZone: string | undefined): string {
  return timeZone === undefined || isTimeZone(timeZone) ? text : `${text} UTC`
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
export function countdownOf(milliseconds: number): { days: number; clock: string } {
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
  return at(shownZone(timeZone)) === at()
}
