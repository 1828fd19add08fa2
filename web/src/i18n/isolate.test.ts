import { expect, test } from 'vitest'
import { isolateText, withoutIsolates } from './isolate'

const sources = import.meta.glob<string>(['@/**/*.tsx', '!@/**/*.test.tsx'], {
  eager: true,
  query: '?raw',
  import: 'default',
})

test('a right-to-left name is isolated, and the isolates can be removed', () => {
  const name = 'ليلة (1)'
  expect(isolateText(name)).toBe(`\u2068${name}\u2069`)
  expect(withoutIsolates(isolateText(name))).toBe(name)
  for (const plain of ['Late Set', 'Ærwave – 東京', '']) expect(isolateText(plain)).toBe(plain)
})

/** A text that people typed, as the child of an element. */
const TYPED =
  /(<bdi>)?\s*(?<![=$])\{(?!text\.|messages\.)(?:\w+\??\.)+(?:name|artist|venue|location|description|username|email)\b[^}&]*\}/g

test('user-entered texts are isolated wherever a page shows them', () => {
  const shown = Object.entries(sources).flatMap(([file, source]) =>
    [...source.matchAll(TYPED)].map(([match, bdi]) => ({ file, match, isIsolated: bdi !== undefined })),
  )
  expect(shown.filter(({ isIsolated }) => isIsolated).length).toBeGreaterThan(20)
  expect(shown.filter(({ isIsolated }) => !isIsolated)).toEqual([])
})
