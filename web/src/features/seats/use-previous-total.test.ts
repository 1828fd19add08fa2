import { renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { usePreviousTotal } from './use-previous-total'

test('a changed price is reported until the seat is selected again', () => {
  const { result, rerender } = renderHook(
    (prices: Record<string, number>) => usePreviousTotal(new Map(Object.entries(prices))),
    {
      initialProps: { 'A-1-1': 100 } as Record<string, number>,
    },
  )
  expect(result.current).toBeUndefined()
  rerender({ 'A-1-1': 100, 'A-1-2': 100 })
  expect(result.current).toBeUndefined()
  rerender({ 'A-1-1': 150, 'A-1-2': 150 })
  expect(result.current).toBe(200)
  rerender({ 'A-1-2': 150 })
  expect(result.current).toBe(100)
  rerender({})
  expect(result.current).toBeUndefined()
  rerender({ 'A-1-2': 150 })
  expect(result.current).toBeUndefined()
})
