import { expect, test } from 'vitest'
import {
  closeUpOf,
  easeOut,
  fitTo,
  interpolate,
  isTouchable,
  largestScale,
  pan,
  readableScale,
  zoom,
} from './viewport'

const box = { left: 0, top: 0, right: 1000, bottom: 500 }
const size = { width: 800, height: 600 }
const bounds = { box, largest: 12 }

test('the whole map is fitted and centred', () => {
  const view = fitTo(box, size)
  expect(500 * view.scale + view.left).toBeCloseTo(400)
  expect(250 * view.scale + view.top).toBeCloseTo(300)
  expect(view.left).toBeGreaterThan(0)
})

test('zooming keeps the point under the pointer', () => {
  const view = fitTo(box, size)
  const [x, y] = [300, 280]
  const near = zoom(view, 3, [x, y], bounds, size)
  expect((x - near.left) / near.scale).toBeCloseTo((x - view.left) / view.scale)
  expect((y - near.top) / near.scale).toBeCloseTo((y - view.top) / view.scale)
})

test('the map never leaves the viewport', () => {
  const view = fitTo(box, size)
  expect(zoom(view, 0.01, [0, 0], bounds, size).scale).toBeCloseTo(view.scale)
  const away = pan(view, 99_999, -99_999, box, size)
  expect(away.left).toBeLessThan(size.width)
  expect(box.bottom * away.scale + away.top).toBeGreaterThan(0)
})

test('an animation starts at the current viewport and ends at the target, at any timing of its frames', () => {
  const shares = [-5_000, -1, 0, 1, 190, 379, 380, 9_000].map((flown) => easeOut(flown, 380))
  expect(shares.slice(0, 3)).toEqual([0, 0, 0])
  expect(shares.slice(-2)).toEqual([1, 1])
  expect(shares).toEqual([...shares].sort((one, other) => one - other))
  const [from, to] = [fitTo(box, size), zoom(fitTo(box, size), 3, [300, 280], bounds, size)]
  expect(interpolate(from, to, easeOut(-5_000, 380))).toEqual(from)
})

const phone = { width: 358, height: 439 }
const scale = readableScale(1.2)

/** The screen position of a point of the map. */
const onScreen = (view: { scale: number; left: number; top: number }, x: number, y: number) => [
  x * view.scale + view.left,
  y * view.scale + view.top,
]

test('a section that does not fit a phone is opened with legible and touchable seats', () => {
  const view = closeUpOf(box, scale, undefined, phone, 0.1)
  expect(isTouchable({ radius: 1.2 }, view)).toBe(true)
  expect(isTouchable({ radius: 1.2 }, fitTo(box, phone))).toBe(false)
  const [middle = 0, front = 0] = onScreen(view, 500, 0)
  expect(middle).toBeCloseTo(phone.width / 2)
  expect(front).toBeGreaterThan(0)
  expect(front).toBeLessThan(phone.height / 3)
})

test('a tapped point is visible, and the viewport stays inside the map', () => {
  for (const [x, y] of [
    [700, 300],
    [0, 0],
    [1000, 500],
    [3, 497],
  ] as const) {
    const view = closeUpOf(box, scale, [x, y], phone, 0.1)
    const [left = -1, top = -1] = onScreen(view, x, y)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(phone.width)
    expect(top).toBeGreaterThan(0)
    expect(top).toBeLessThan(phone.height)
    const corners = [onScreen(view, 0, 0), onScreen(view, 1000, 500)].flat()
    expect(corners[0]).toBeLessThan(phone.width * 0.2)
    expect(corners[2]).toBeGreaterThan(phone.width * 0.8)
  }
})

test('a section whose seats are large enough is fitted', () => {
  const small = { left: 0, top: 0, right: 100, bottom: 40 }
  expect(closeUpOf(small, readableScale(4), undefined, { width: 800, height: 600 }, 0.1)).toEqual(
    fitTo(small, { width: 800, height: 600 }, 0.1),
  )
})

test('maps in large units can be zoomed until their seats are legible', () => {
  expect(largestScale(0.2) * 0.2).toBeGreaterThan(10)
  expect(largestScale(0)).toBe(largestScale(4))
})
