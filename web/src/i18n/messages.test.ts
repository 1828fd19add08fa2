import { expect, test } from 'vitest'
import { LANGUAGES } from './language'
import { jumlah, milikAnda, plural, yours } from './messages'

const modules = import.meta.glob<Record<string, Record<string, object>>>('@/**/*messages.ts', { eager: true })
const catalogues = Object.entries(modules).flatMap(([file, module]) =>
  Object.values(module)
    .filter((exported) => typeof exported === 'object' && 'en' in exported)
    .map((catalogue) => ({ file, catalogue })),
)

/** Every message with its path and the number of its parameters. */
function outline(messages: object, path = ''): string[] {
  return Object.entries(messages).flatMap(([key, message]) => {
    const here = `${path}/${key}`
    if (typeof message === 'string') return [message.trim() === '' ? `${here} is empty` : here]
    return typeof message === 'function' ? [`${here}(${message.length})`] : outline(message, here)
  })
}

test('there are messages to compare', () => {
  expect(catalogues.length).toBeGreaterThan(2)
})

test.each(catalogues)('both languages say the same things in $file', ({ catalogue }) => {
  expect(Object.keys(catalogue).sort()).toEqual([...LANGUAGES].sort())
  const english = outline(catalogue.en ?? {})
  expect(outline(catalogue.id ?? {}).sort()).toEqual(english.sort())
  expect(english.filter((line) => line.endsWith('is empty'))).toEqual([])
})

test('counts follow the grammar of each language', () => {
  expect([plural(1, 'seat', 'seats'), plural(1200, 'seat', 'seats')]).toEqual(['1 seat', '1,200 seats'])
  expect(jumlah(1200, 'kursi')).toBe('1.200 kursi')
  expect([1, 2].map((count) => yours(count, 'seat', 'seats'))).toEqual(['your seat', 'your 2 seats'])
  expect([1, 2].map((count) => milikAnda(count, 'kursi'))).toEqual(['kursi Anda', '2 kursi Anda'])
})
