import { expect, test } from 'vitest'
import { between, pan, progress, viewOf, zoom } from './view'

const box = { left: 0, top: 0, right: 1000, bottom: 500 }
const size = { width: 800, height: 600 }

test('a house is shown whole and in the middle', () => {
  const view = viewOf(box, size)
  expect(500 * view.scale + view.left).toBeCloseTo(400)
  expect(250 * view.scale + view.top).toBeCloseTo(300)
  expect(view.left).toBeGreaterThan(0)
})

test('the point under the finger stays there while zooming', () => {
  const view = viewOf(box, size)
  const [x, y] = [300, 280]
  const near = zoom(view, 3, x, y, box, size)
  expect((x - near.left) / near.scale).toBeCloseTo((x - view.left) / view.scale)
  expect((y - near.top) / near.scale).toBeCloseTo((y - view.top) / view.scale)
})

test('nobody loses the house', () => {
  const view = viewOf(box, size)
  expect(zoom(view, 0.01, 0, 0, box, size).scale).toBeCloseTo(view.scale)
  const away = pan(view, 99_999, -99_999, box, size)
  expect(away.left).toBeLessThan(size.width)
  expect(box.bottom * away.scale + away.top).toBeGreaterThan(0)
})

test('a flight begins where it is and ends at its goal, whenever its frames come', () => {
  const shares = [-5_000, -1, 0, 1, 190, 379, 380, 9_000].map((flown) => progress(flown, 380))
  expect(shares.slice(0, 3)).toEqual([0, 0, 0])
  expect(shares.slice(-2)).toEqual([1, 1])
  expect(shares).toEqual([...shares].sort((one, other) => one - other))
  const [from, to] = [viewOf(box, size), zoom(viewOf(box, size), 3, 300, 280, box, size)]
  expect(between(from, to, progress(-5_000, 380))).toEqual(from)
})
