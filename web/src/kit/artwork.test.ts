import { expect, test } from 'vitest'
import { generateArtwork } from './generate-artwork'

const ID = '01980c2a-7b1e-7000-8000-000000000002'
const OTHER_ID = '01980c2a-7b1e-7000-8000-000000000003'

const ground = (name: string) => generateArtwork(ID, name).ground
/** The kind of drawing, by the shapes in it. */
const motif = (name: string) => generateArtwork(ID, name).shapes[0]?.key
const look = (name: string) => `${ground(name)} ${motif(name)}`

test('a concert always has the same picture', () => {
  expect(generateArtwork(ID, 'Moonlight')).toEqual(generateArtwork(ID, 'Moonlight'))
})

test('two concerts of a tour look alike, but not the same', () => {
  const [first, second] = [generateArtwork(ID, 'Moonlight'), generateArtwork(OTHER_ID, 'Moonlight')]
  expect(second.ground).toBe(first.ground)
  expect(second.shapes.map(({ key }) => key)).toEqual(first.shapes.map(({ key }) => key))
  expect(second.shapes).not.toEqual(first.shapes)
})

test('no two concerts of the demo look alike', () => {
  const demo = ['Stadium Night', 'Strings and Shadows', 'Late Set']
  expect(new Set(demo.map(motif)).size).toBe(demo.length)
  expect(new Set(demo.map(ground)).size).toBe(demo.length)
})

test('concerts of different names look different', () => {
  const looks = Array.from({ length: 60 }, (_, at) => look(`Concert ${at}`))
  expect(new Set(looks).size).toBeGreaterThan(20)
  const counts = looks.map((seen) => looks.filter((other) => other === seen).length)
  expect(Math.max(...counts)).toBeLessThan(8)
})
