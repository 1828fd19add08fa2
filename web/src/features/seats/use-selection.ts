import { useEffect, useMemo, useState } from 'react'
import type { Concert } from '@/api/concerts'
import { isProblem } from '@/api/problem'
import { usePlaceBooking } from '@/kit/use-place-booking'
import type { TicketChoice } from '@/kit/use-ticket-choice'
import { nearestSeats } from './nearest-seats'
import {
  applySeatChanges,
  isFree,
  type SeatMapModel,
  type SectionArea,
  seatAt,
  seatIndexOf,
} from './seat-map-model'
import { clearStoredSelection, useStoredSelection } from './use-stored-selection'

type Parts = { concert: Concert; seatMap: SeatMapModel; changeCount: number; choice: TicketChoice }

export type Selection = ReturnType<typeof useSelection>

const HELD = 'h'

/** The seats that were picked here: changed by clicks, by what others take, and by the server's answer. */
export function useSelection({ concert, seatMap, changeCount, choice }: Parts) {
  const [labels, setLabels] = useStoredSelection(concert.id)
  /** Seats that were chosen and went to another person. */
  const [lost, setLost] = useState<string[]>([])
  const placing = usePlaceBooking(concert, choice, {
    onPlaced: (request) => {
      // The best seats of a section are taken beside those that were picked.
      if (!('seats' in request)) return
      clearStoredSelection(concert.id)
      setLabels([])
    },
    onRefused: (refusal) => {
      if (!isProblem(refusal, 'seats_unavailable')) return
      const taken = refusal.problem.seats ?? []
      applySeatChanges(
        seatMap,
        taken.map((label) => [label, HELD]),
      )
      removeTaken(taken)
      placing.reset()
    },
  })
  const { isPending } = placing
  const max = concert.max_tickets_per_booking ?? undefined

  const picked = labels.flatMap((label) => {
    const seat = seatIndexOf(seatMap, label)
    const area = seat === undefined ? undefined : seatAt(seatMap, seat)?.area
    return seat === undefined || !area ? [] : [{ label, seat, price: choice.priceIn(area) }]
  })
  const key = picked.map(({ seat }) => seat).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for what was picked.
  const seats = useMemo<ReadonlySet<number>>(() => new Set(picked.map(({ seat }) => seat)), [key])

  const removeTaken = (gone: string[]) => {
    setLost((before) => [...before, ...gone.filter((label) => !before.includes(label))])
    setLabels((before) => before.filter((label) => !gone.includes(label)))
  }
  // Looked for each time: what was free a moment ago may be taken or chosen by now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the map may take a seat away.
  const alternatives = useMemo(() => {
    const room = (max ?? Number.POSITIVE_INFINITY) - seats.size
    const indices = lost.flatMap((label) => seatIndexOf(seatMap, label) ?? []).slice(0, room)
    return nearestSeats(seatMap, indices, seats).flatMap((seat) => seatAt(seatMap, seat)?.label ?? [])
  }, [lost, seatMap, changeCount, seats])

  // Our own booking takes the seats, too, long before we hear of it when its answer was lost.
  const gone = placing.isUnresolved
    ? []
    : picked.filter(({ seat }) => !isFree(seatMap, seat)).map(({ label }) => label)
  const goneKey = gone.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the map may take a seat away.
  useEffect(() => {
    if (gone.length > 0) removeTaken(gone)
  }, [goneKey, changeCount])

  const toggle = (seat: number) => {
    const label = seatAt(seatMap, seat)?.label
    if (label === undefined || isPending) return
    placing.reset()
    if (labels.includes(label)) setLabels(labels.filter((known) => known !== label))
    else if (isFree(seatMap, seat) && (max === undefined || labels.length < max))
      setLabels([...labels, label])
  }
  const total = picked.reduce((sum, { price = 0 }) => sum + price, 0)
  const placeSelected = () => {
    setLost([])
    const isPriced = picked.every(({ price }) => price !== undefined)
    placing.placeSeats(labels, isPriced && picked.length === labels.length ? total : undefined)
  }
  return {
    seats,
    labels: picked.map(({ label }) => label),
    /** What each seat costs, by its label and for whom it is; 0 where the price category is not sold. */
    prices: new Map(picked.map(({ label, price = 0 }) => [`${label} ${choice.category}`, price])),
    total,
    /** Those that are not sold in the chosen price category. */
    unsold: picked.filter(({ price }) => price === undefined).map(({ label }) => label),
    isFull: max !== undefined && labels.length >= max,
    max,
    /** What was lost, and the nearest that is free instead. */
    lost: lost.length > 0 ? { labels: lost, alternatives } : undefined,
    acceptAlternatives: () => {
      setLabels((before) => [...before, ...alternatives])
      setLost([])
    },
    toggle,
    placeSelected,
    placeBest: ({ code, prices }: SectionArea) => placing.placeBest(code, prices),
    placing,
    isPending,
  }
}
