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

/** The selected seats. They change by clicks, by other customers' bookings, and by the server's answers. */
export function useSelection({ concert, seatMap, changeCount, choice }: Parts) {
  const [labels, setLabels] = useStoredSelection(concert.id)
  /** Selected seats that another customer has taken. */
  const [lost, setLost] = useState<string[]>([])
  const placing = usePlaceBooking(concert, choice, {
    onPlaced: (request) => {
      // Booking the best seats of a section keeps the selection.
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

  const selected = labels.flatMap((label) => {
    const seat = seatIndexOf(seatMap, label)
    const area = seat === undefined ? undefined : seatAt(seatMap, seat)?.area
    return seat === undefined || !area ? [] : [{ label, seat, price: choice.priceIn(area) }]
  })
  const key = selected.map(({ seat }) => seat).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the selection.
  const seats = useMemo<ReadonlySet<number>>(() => new Set(selected.map(({ seat }) => seat)), [key])

  const removeTaken = (gone: string[]) => {
    setLost((before) => [...before, ...gone.filter((label) => !before.includes(label))])
    setLabels((before) => before.filter((label) => !gone.includes(label)))
  }
  // Computed after each change, because alternatives can be taken or selected.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the map can take a seat.
  const alternatives = useMemo(() => {
    const room = (max ?? Number.POSITIVE_INFINITY) - seats.size
    const indices = lost.flatMap((label) => seatIndexOf(seatMap, label) ?? []).slice(0, room)
    return nearestSeats(seatMap, indices, seats).flatMap((seat) => seatAt(seatMap, seat)?.label ?? [])
  }, [lost, seatMap, changeCount, seats])

  // The user's own booking takes the seats as well, perhaps before its answer arrives.
  const gone = placing.isUnresolved
    ? []
    : selected.filter(({ seat }) => !isFree(seatMap, seat)).map(({ label }) => label)
  const goneKey = gone.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the map can take a seat.
  useEffect(() => {
    if (gone.length > 0) removeTaken(gone)
  }, [goneKey, changeCount])

  const toggle = (seat: number) => {
    const label = seatAt(seatMap, seat)?.label
    if (label === undefined || isPending) return
    placing.reset()
    if (labels.includes(label)) setLabels(labels.filter((item) => item !== label))
    else if (isFree(seatMap, seat) && (max === undefined || labels.length < max))
      setLabels([...labels, label])
  }
  const total = selected.reduce((sum, { price = 0 }) => sum + price, 0)
  const placeSelected = () => {
    setLost([])
    const isPriced = selected.every(({ price }) => price !== undefined)
    placing.placeSeats(labels, isPriced && selected.length === labels.length ? total : undefined)
  }
  return {
    seats,
    labels: selected.map(({ label }) => label),
    /** The price of each seat by label and category; 0 when the category is not sold. */
    prices: new Map(selected.map(({ label, price = 0 }) => [`${label} ${choice.category}`, price])),
    total,
    /** The seats that are not sold in the chosen price category. */
    unsold: selected.filter(({ price }) => price === undefined).map(({ label }) => label),
    isFull: max !== undefined && labels.length >= max,
    max,
    /** The lost seats and the nearest alternatives. */
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
