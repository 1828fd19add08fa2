import { expect, test } from 'vitest'
import { LANGUAGES, type Language } from './language'
import { NOT_OURS, TERMS } from './terms'

const modules = import.meta.glob<Record<string, Record<string, object>>>('@/**/*messages.ts', { eager: true })
const catalogues = Object.entries(modules).flatMap(([file, module]) =>
  Object.values(module)
    .filter((exported) => typeof exported === 'object' && 'en' in exported)
    .map((catalogue) => ({ file, catalogue })),
)

type Text = { path: string; text: string }

/** The literal texts in a message function. */
function textsIn(source: string): string[] {
  const literals = [...source.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
  return literals.map(([, one, two, three]) => (one ?? two ?? three ?? '').replace(/\$\{[^}]*\}?/g, '…'))
}

function textsOf(messages: object, path: string): Text[] {
  return Object.entries(messages).flatMap(([key, message]): Text[] => {
    const here = `${path}/${key}`
    if (typeof message === 'string') return [{ path: here, text: message }]
    if (typeof message === 'function') return textsIn(String(message)).map((text) => ({ path: here, text }))
    return textsOf(message, here)
  })
}

function allTexts(language: Language): Text[] {
  return catalogues.flatMap(({ file, catalogue }) => textsOf(catalogue[language] ?? {}, file))
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`(?<![\\p{L}-])${word}(?![\\p{L}])`, 'iu').test(text)
}

test.each(LANGUAGES)('each thing has one name, and no message sounds translated: %s', (language) => {
  const words = [...TERMS.flatMap(({ not }) => not?.[language] ?? []), ...NOT_OURS[language]]
  const texts = allTexts(language)
  expect(texts.length).toBeGreaterThan(300)
  const found = texts.flatMap(({ path, text }) =>
    words.filter((word) => hasWord(text, word)).map((word) => `${path} says “${word}”: ${text}`),
  )
  expect(found).toEqual([])
})

test('Indonesian says Anda, with a capital letter, and never -mu', () => {
  const familiar = /(?<!\p{L})(?!(?:tamu|temu|bertemu|ilmu|semu|jamu)(?!\p{L}))\p{L}+mu(?!\p{L})/iu
  const small = /(?<!\p{L})anda(?!\p{L})/u
  expect(allTexts('id').filter(({ text }) => familiar.test(text) || small.test(text))).toEqual([])
})

test('the terms total and amount are not mixed up', () => {
  for (const language of LANGUAGES) {
    const sums = allTexts(language).filter(({ path }) => /\/(total|sum)$/.test(path))
    expect(sums.length).toBeGreaterThan(2)
    expect(sums.filter(({ text }) => text !== 'Total')).toEqual([])
  }
})

/** Names, and keys of the keyboard. */
const CAPITAL = new Set(
  ['Anda', 'Ctrl', 'Asia', 'Jakarta', 'Europe', 'Berlin', 'Indonesia', 'Page', 'Up', 'Down'].concat([
    'Space',
    'Spasi',
    'Shift',
    'Escape',
  ]),
)

test.each(LANGUAGES)('titles and buttons are written like sentences: %s', (language) => {
  const found = allTexts(language).flatMap(({ path, text }) =>
    [...text.matchAll(/(?<=[\p{Ll}\d,;] )\p{Lu}\p{Ll}+/gu)]
      .filter(([word]) => !CAPITAL.has(word))
      .map(([word]) => `${path} capitalises “${word}”: ${text}`),
  )
  expect(found).toEqual([])
})

test('every term is listed once, in both languages', () => {
  for (const language of LANGUAGES) {
    const names = TERMS.map((term) => term[language])
    expect(new Set(names).size).toBe(names.length)
  }
})
