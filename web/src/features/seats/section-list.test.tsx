import { screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { concertOf, seated, seatsOf } from '@/testing/concerts'
import { openPages } from '@/testing/render'
import { seatsMessages } from './messages'
import { seatMapModelOf } from './seat-map-model'
import { seatText } from './seat-text'
import { SectionList } from './section-list'

const concert = concertOf([seated('A', { '1': 'aa' }), seated('B', { '1': 'aa' })])
const seatMap = seatMapModelOf(concert, seatsOf(concert, { A: { '1': 'aa' }, B: { '1': 'aa' } }))
const priceOf = ({ code }: { code: string }) => (code === 'A' ? '€45' : '')

test('a section that is not sold in the chosen price category says so and cannot be opened', async () => {
  const onOpen = vi.fn()
  const available = new Map([
    ['A', 2],
    ['B', 2],
  ])
  const list = (
    <SectionList
      areas={seatMap.areas}
      available={available}
      priceOf={priceOf}
      from={undefined}
      onOpen={onOpen}
    />
  )
  const { user } = openPages([{ path: '/', element: list }], '/')
  const unsold = screen.getByRole('button', { name: /^Section B Not sold in this price category/ })
  expect(unsold).toHaveAttribute('aria-disabled', 'true')
  await user.click(unsold)
  expect(onOpen).not.toHaveBeenCalled()
  await user.click(screen.getByRole('button', { name: /^Section A €45/ }))
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(seatMap.areas[0])
})

test('a seat that is not sold in the chosen price category is described so', () => {
  const textOf = (seat: number) => seatText(seatMap, seat, seatsMessages.en, priceOf, new Set())
  expect(textOf(0)).toBe('Section A, row 1, seat 1, €45')
  expect(textOf(2)).toBe('Section B, row 1, seat 1, not sold in this price category')
})
