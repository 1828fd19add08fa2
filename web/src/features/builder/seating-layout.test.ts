import { expect, test } from 'vitest'
import { newRow, newSection, type SectionFields } from './form'
import { layoutOf } from './seating-layout'

const seated = (change: Partial<SectionFields>): SectionFields => ({ ...newSection('even', []), ...change })

test('even rows become strokes that are interrupted by aisles', () => {
  const { areas, tickets } = layoutOf([seated({ rows: '2', seats_per_row: '4', aisles: '1' })])
  expect(tickets).toBe(8)
  expect(areas[0]?.width).toBe(50)
  expect(areas[0]?.seats).toBe('M5 5h0.2M25 5h20.2M5 15h0.2M25 15h20.2')
})

test('uneven rows are centred and numbered from their first seat', () => {
  const layout = [
    { ...newRow('A', '4') },
    { ...newRow('B', '2'), first: '11', wheelchair: '12', companion: '99' },
  ]
  const [area] = layoutOf([seated({ shape: 'rows', layout })]).areas
  expect(area?.seats).toBe('M5 5h30.2M15 15h10.2')
  expect(area?.marks).toEqual({ wheelchair: 'M25 15h0.2', companion: '', restricted_view: '' })
})

test('sections without a placement are centred below the others', () => {
  const plan = { x: '100', y: '0', width: '200', height: '50', rotation: '' }
  const [placed, other] = layoutOf([
    seated({ rows: '5', seats_per_row: '10', plan }),
    seated({ rows: '1', seats_per_row: '10' }),
  ]).areas
  expect(placed?.pitch).toEqual({ x: 20, y: 10 })
  expect([other?.x, other?.y]).toEqual([150, 90])
})

test('incomplete input does not break the layout', () => {
  const { areas, tickets } = layoutOf([
    seated({ rows: '', seats_per_row: 'x', aisles: '3-' }),
    { ...newSection('standing', []), capacity: '250' },
    seated({ plan: { x: '1', y: '', width: '-', height: '0', rotation: '' }, rows: '1', seats_per_row: '1' }),
  ])
  expect(areas.map(({ tickets: count }) => count)).toEqual([0, 250, 1])
  expect(tickets).toBe(251)
})
