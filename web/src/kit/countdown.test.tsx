import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { serverNowAtLatest } from '@/api/server-time'
import { Countdown } from './countdown'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds))

test('a countdown follows the remaining seconds and ends on time', async () => {
  const ended = vi.fn()
  const until = new Date(serverNowAtLatest() + 2_400).toISOString()
  render(<Countdown kind="end" until={until} onEnd={ended} />)
  const timer = screen.getByRole('timer')
  expect(timer).toHaveTextContent('0:03')
  await pass(450)
  expect(timer).toHaveTextContent('0:02')
  await pass(1_000)
  expect(timer).toHaveTextContent('0:01')
  expect(ended).not.toHaveBeenCalled()
  await pass(1_000)
  expect(timer).toHaveTextContent('0:00')
  expect(ended).toHaveBeenCalledOnce()
  // The server may expire the hold a moment later.
  await pass(2_000)
  expect(ended).toHaveBeenCalledTimes(3)
})
