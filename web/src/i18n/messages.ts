import { currentLanguage, type Language, useLanguage } from './language'

/** A text, a text with parameters, or a group of texts. */
// biome-ignore lint/suspicious/noExplicitAny: a message can have any parameters.
type Message = string | ((...values: any[]) => string) | { [key: string]: Message }
type Messages = { [key: string]: Message }

/** The keys and parameters that both languages share. */
type Shape<M> = {
  [K in keyof M]: M[K] extends string
    ? string
    : M[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Shape<M[K]>
}

/**
 * The messages of a feature in both languages. They are loaded with the feature; the compiler checks that Indonesian
 * has all of them.
 */
export function defineMessages<M extends Messages>(en: M, id: Shape<M>): Record<Language, Shape<M>> {
  return { en: en as unknown as Shape<M>, id }
}

/** The messages in the current language. */
export function useMessages<M>(messages: Record<Language, M>): M {
  return messages[useLanguage()]
}

/** The same outside of components. */
export function currentMessages<M>(messages: Record<Language, M>): M {
  return messages[currentLanguage()]
}

const english = new Intl.PluralRules('en')

/** `1 seat`, `2 seats`; Indonesian has no plural. */
export function plural(count: number, one: string, other: string): string {
  return `${new Intl.NumberFormat('en').format(count)} ${english.select(count) === 'one' ? one : other}`
}

/** `your seat`, `your 2 seats` */
export function yours(count: number, one: string, other: string): string {
  return english.select(count) === 'one' ? `your ${one}` : `your ${plural(count, one, other)}`
}

/** `kursi Anda`, `2 kursi Anda` */
export function milikAnda(count: number, noun: string): string {
  return `${count === 1 ? noun : jumlah(count, noun)} Anda`
}

/** `2 kursi` */
export function jumlah(count: number, noun: string): string {
  return `${new Intl.NumberFormat('id').format(count)} ${noun}`
}
