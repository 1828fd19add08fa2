import { expect, test } from 'vitest'
import { artworkOf } from './artwork-of'

const look = (seed: string) => {
  const { ground, shapes } = artworkOf(seed)
  return `${ground} ${shapes[0]?.key}`
}

test('a concert always has the same picture', () => {
  expect(artworkOf('01980c2a-7b1e-7000-8000-000000000002 Moonlight')).toEqual(
    artworkOf('01980c2a-7b1e-7000-8000-000000000002 Moonlight'),
  )
})

test('concerts that were created one after the other look different', () => {
  const ids = Array.from(
    { length: 60 },
    (_, at) => `01980c2a-7b1e-7000-8000-0000000000${at.toString(16).padStart(2, '0')}`,
  )
  const looks = ids.map((id) => look(`${id}Concert`))
  expect(new Set(looks).size).toBeGreaterThan(20)
  const counts = looks.map((seen) => looks.filter((other) => other === seen).length)
  expect(Math.max(...counts)).toBeLessThan(8)
})
