import { expect, test } from 'vitest'
import { placeSections, type Rectangle, type SectionExtent, stageOf } from './section-placement'

const even = (rows: number, longest: number): SectionExtent => ({ placed: undefined, rows, longest })
const standing: SectionExtent = { placed: undefined, rows: 0, longest: 0 }

function overlap(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  )
}

function boundsOf(rectangles: Rectangle[]) {
  return {
    left: Math.min(...rectangles.map(({ x }) => x)),
    top: Math.min(...rectangles.map(({ y }) => y)),
    right: Math.max(...rectangles.map(({ x, width }) => x + width)),
    bottom: Math.max(...rectangles.map(({ y, height }) => y + height)),
  }
}

test.each([
  ['200 even sections', Array.from({ length: 200 }, () => even(8, 12))],
  ['200 sections of one row', Array.from({ length: 200 }, () => even(1, 40))],
  ['200 deep sections', Array.from({ length: 200 }, () => even(40, 4))],
  ['sections of all sizes', Array.from({ length: 30 }, (_, index) => even(1 + (index % 7) * 5, 4 + index))],
  ['places to stand', Array.from({ length: 24 }, () => standing)],
  ['one long section, and many small ones', [even(2, 300), ...Array.from({ length: 20 }, () => even(3, 5))]],
])('%s fit on a screen, and none covers another', (_, sections) => {
  const rectangles = placeSections(sections)
  expect(rectangles).toHaveLength(sections.length)
  const { left, top, right, bottom } = boundsOf(rectangles)
  const aspect = (right - left) / (bottom - top)
  expect(aspect).toBeGreaterThan(0.5)
  expect(aspect).toBeLessThan(10)
  rectangles.forEach((one, index) => {
    for (const other of rectangles.slice(index + 1)) expect(overlap(one, other)).toBe(false)
  })
})

test('a few sections are placed one behind the other, the first nearest to the stage', () => {
  const tops = placeSections([even(20, 30), even(8, 30), standing]).map(({ y }) => y)
  expect(tops).toEqual([...tops].sort((one, other) => one - other))
  expect(new Set(tops).size).toBe(3)
})

test('sections are placed from left to right, tiers from the stage', () => {
  const rectangles = placeSections(Array.from({ length: 200 }, () => even(8, 12)))
  const order = rectangles.map(({ x, y }) => [y, x] as const)
  expect(order).toEqual([...order].sort(([y, x], [otherY, otherX]) => y - otherY || x - otherX))
})

test('placed sections stay, and the others are placed behind them', () => {
  const placed = { x: -50, y: 20, width: 300, height: 100 }
  const [first, second] = placeSections([{ ...even(4, 10), placed }, even(4, 10)])
  expect(first).toEqual(placed)
  expect(second?.y).toBeGreaterThan(120)
  expect((second?.x ?? 0) + (second?.width ?? 0) / 2).toBe(100)
})

test.each([
  ['a single seat', 10, 10],
  ['a row of 300', 3_000, 10],
  ['a stadium drawn small', 930, 2.8],
  ['a floor without seats', 360, undefined],
])('the stage before %s is wider than high, and apart', (_, width, pitch) => {
  const stage = stageOf({ left: 0, top: 0, right: width, bottom: 10 }, pitch)
  expect(stage.right - stage.left).toBeGreaterThan(2 * (stage.bottom - stage.top))
  expect(stage.bottom).toBeLessThan(0)
  expect(stage.left + stage.right).toBeCloseTo(width)
})
