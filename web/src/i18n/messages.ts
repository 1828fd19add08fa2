import { currentLanguage, type Language, useLanguage } from './language'

/** A text, a text with something in it, or a group of texts. */
// biome-ignore lint/suspicious/noExplicitAny: any message may take anything.
type Message = string | ((...values: any[]) => string) | { [key: string]: Message }
type Messages = { [key: string]: Message }

/** The shape of messages: the same keys, and functions that take the same. */
type Shape<M> = {
  [K in keyof M]: M[K] extends string
    ? string
    : M[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Shape<M[K]>
}

/**
 * The messages of a feature in both languages. They live in the feature's `messages.ts` and are loaded with it; that
 * Indonesian has all that English has is checked by the compiler.
 */
export function defineMessages<M extends Messages>(en: M, id: Shape<M>): Record<Language, Shape<M>> {
  return { en: en as unknown as Shape<M>, id }
}

/** The messages in the language of now. */
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

/** `your seat`, `your 2 seats`: the only one needs no number. */
export function yours(count: number, one: string, other: string): string {
  return english.select(count) === 'one' ? `your ${one}` : `your ${plural(count, one, other)}`
}

/** `kursi Anda`, `2 kursi Anda` */
export function milikAnda(count: number, noun: string): string {
  return `${count === 1 ? noun : jumlah(count, noun)} Anda`
}

/** A number as it is written in Indonesian. */
export function jumlah(count: number, noun: string): string {
  return `${new Intl.NumberFormat('id').format(count)} ${noun}`
}
