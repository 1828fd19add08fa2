import { useMemo } from 'react'
import { type Language, useLanguage } from './language'
import { minorDigits } from './money'
import { moneyMessages } from './money-messages'
import { isTimeZone, shownZone } from './time'

/** The locales of the regions where the concerts are. */
const LOCALES: Record<Language, string> = { en: 'en-GB', id: 'id-ID' }

const SECOND_MS = 1_000
const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** Formats money, dates and numbers in a language. Pass the venue's time zone; without one it is the reader's. */
export class Formats {
  private readonly language: Language
  private readonly locale: string
  private readonly cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

  constructor(language: Language) {
    this.language = language
    this.locale = LOCALES[language]
  }

  private currency(currency: string, isWhole: boolean): Intl.NumberFormat {
    return this.cachedFormat(`money ${currency} ${isWhole}`, () => {
      const digits = isWhole ? 0 : minorDigits(currency)
      const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
      return new Intl.NumberFormat(this.locale, { style: 'currency', currency, ...options })
    })
  }

  private date(options: Intl.DateTimeFormatOptions, instant: string, timeZone?: string): string {
    const zoned = { ...options, ...(timeZone !== undefined && { timeZone: shownZone(timeZone) }) }
    const format = this.cachedFormat(JSON.stringify(zoned), () => new Intl.DateTimeFormat(this.locale, zoned))
    return format.format(new Date(instant))
  }

  private cachedFormat<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => F): F {
    const cached = this.cache.get(key) as F | undefined
    if (cached) return cached
    const made = make()
    this.cache.set(key, made)
    return made
  }

  /** Takes minor units; whole amounts have no decimals. */
  money(minor: number, currency: string): string {
    return this.moneyFormatter([minor], currency)(minor)
  }

  /** For amounts that are shown together: all get decimals when one of them needs them. */
  moneyFormatter(minors: number[], currency: string): (minor: number) => string {
    const unit = 10 ** minorDigits(currency)
    const format = this.currency(
      currency,
      minors.every((minor) => minor % unit === 0),
    )
    return (minor) => format.format(minor / unit)
  }

  /** A price; 0 is "Free". */
  price(minor: number, currency: string): string {
    return this.priceFormatter([minor], currency)(minor)
  }

  /** As `moneyFormatter`; 0 is "Free". */
  priceFormatter(minors: number[], currency: string): (minor: number) => string {
    const money = this.moneyFormatter(minors, currency)
    return (minor) => (minor === 0 ? moneyMessages[this.language].free : money(minor))
  }

  number(value: number): string {
    return this.cachedFormat('number', () => new Intl.NumberFormat(this.locale)).format(value)
  }

  percent(share: number): string {
    const options = { style: 'percent', maximumFractionDigits: 1 } as const
    return this.cachedFormat('percent', () => new Intl.NumberFormat(this.locale, options)).format(share)
  }

  /** `Friday, 20 November 2026` */
  day(instant: string, timeZone?: string): string {
    return labelUtc(this.date({ dateStyle: 'full' }, instant, timeZone), timeZone)
  }

  /** `20 Nov 2026` */
  shortDay(instant: string, timeZone?: string): string {
    return labelUtc(this.date({ dateStyle: 'medium' }, instant, timeZone), timeZone)
  }

  /** `20:00 WIB`: with the zone, because the reader may be in another one. */
  time(instant: string, timeZone?: string): string {
    return this.date({ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }, instant, timeZone)
  }

  /** `20 Nov 2026, 20:00` */
  dayAndTime(instant: string, timeZone?: string): string {
    return labelUtc(this.date({ dateStyle: 'medium', timeStyle: 'short' }, instant, timeZone), timeZone)
  }

  /** `20 Nov 2026, 20:00 WIB`, for pages with times of several zones. */
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

/** Adds "UTC" where it replaces a zone that the browser does not know. */
function labelUtc(text: string, timeZone: string | undefined): string {
  return timeZone === undefined || isTimeZone(timeZone) ? text : `${text} UTC`
}

const formats = new Map<Language, Formats>()

export function formatsOf(language: Language): Formats {
  const cached = formats.get(language) ?? new Formats(language)
  formats.set(language, cached)
  return cached
}

export function useFormats(): Formats {
  const language = useLanguage()
  return useMemo(() => formatsOf(language), [language])
}

/** The parts of a countdown: `9:05` or `1:09:05`, and the days. */
export function countdownOf(milliseconds: number): { days: number; clock: string } {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND_MS))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor((seconds % DAY_S) / HOUR_S)
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S)
  const rest = `${two(seconds % MINUTE_S)}`
  const clock = hours > 0 || seconds >= DAY_S ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
  return { days: Math.floor(seconds / DAY_S), clock }
}

/** Whether the zone has the same local time as the reader's at that instant. */
export function isOwnTime(instant: string, timeZone: string): boolean {
  const at = (zone?: string) =>
    new Intl.DateTimeFormat('en', { dateStyle: 'short', timeStyle: 'short', timeZone: zone }).format(
      new Date(instant),
    )
  return at(shownZone(timeZone)) === at()
}
