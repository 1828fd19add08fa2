import { useEffect, useMemo, useState } from 'react'
import type { Concert } from '@/api/concerts'
import { isProblem } from '@/api/problem'
import { usePlaceBooking } from '@/kit/use-place-booking'
import { nearest } from './nearest'
import { applySeats, indexOf, isFree, type Plan, seatAt } from './plan'
import { forgetChosen, useChosen } from './use-chosen'

type Parts = { concert: Concert; plan: Plan; beat: number; category: string }

/** Seats that were chosen and went to somebody else, and the nearest that are free instead. */
export type Lost = { labels: string[]; instead: string[] }

export type Selection = ReturnType<typeof useSelection>

const HELD = 'h'

/** The seats that were picked here: changed by clicks, by what others take meanwhile, and by the server's answer. */
export function useSelection({ concert, plan, beat, category }: Parts) {
  const [labels, setLabels] = useChosen(concert.id)
  const [lost, setLost] = useState<Lost>()
  const { place, isPending, error, reset } = usePlaceBooking()
  const max = concert.max_tickets_per_booking ?? undefined

  const picked = labels.flatMap((label) => {
    const seat = indexOf(plan, label)
    return seat === undefined ? [] : [{ label, seat }]
  })
  const key = picked.map(({ seat }) => seat).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for what was picked.
  const seats = useMemo<ReadonlySet<number>>(() => new Set(picked.map(({ seat }) => seat)), [key])

  const lose = (gone: string[]) => {
    const indices = gone.flatMap((label) => indexOf(plan, label) ?? [])
    const instead = nearest(plan, indices).flatMap((seat) => seatAt(plan, seat)?.label ?? [])
    setLost({ labels: gone, instead })
    setLabels((before) => before.filter((label) => !gone.includes(label)))
  }

  // Our own booking takes the seats, too, just before its answer arrives.
  const gone = isPending ? [] : picked.filter(({ seat }) => !isFree(plan, seat)).map(({ label }) => label)
  const goneKey = gone.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the plan may take a seat away.
  useEffect(() => {
    if (gone.length > 0) lose(gone)
  }, [goneKey, beat])

  const toggle = (seat: number) => {
    const label = seatAt(plan, seat)?.label
    if (label === undefined || isPending) return
    reset()
    if (labels.includes(label)) setLabels(labels.filter((known) => known !== label))
    else if (isFree(plan, seat) && (max === undefined || labels.length < max)) setLabels([...labels, label])
  }
  const keep = () => {
    setLost(undefined)
    const wish = { concert_id: concert.id, seats: labels, ...(category !== 'standard' && { category }) }
    place(wish, {
      onPlaced: () => {
        forgetChosen(concert.id)
        setLabels([])
      },
      onRefused: (refusal) => {
        if (!isProblem(refusal, 'seats_unavailable')) return
        const taken = refusal.problem.seats ?? []
        applySeats(
          plan,
          taken.map((label) => [label, HELD]),
        )
        lose(taken)
        reset()
      },
    })
  }
  const takeBest = (section: string, quantity: number) =>
    place({ concert_id: concert.id, section, quantity, ...(category !== 'standard' && { category }) })
  return {
    seats,
    labels: picked.map(({ label }) => label),
    isFull: max !== undefined && labels.length >= max,
    max,
    lost,
    takeInstead: () => {
      if (lost) setLabels((before) => [...before, ...lost.instead])
      setLost(undefined)
    },
    toggle,
    keep,
    takeBest,
    isPending,
    error,
  }
}
