import { isFree, type SeatMapModel, seatAt } from './seat-map-model'

/** Runs of adjacent free seats, without marked seats and those in `wanted`. */
function runs(seatMap: SeatMapModel, from: number, to: number, wanted: ReadonlySet<number>): number[][] {
  const found: number[][] = []
  for (let seat = from; seat < to; seat += 1) {
    if (!isFree(seatMap, seat) || wanted.has(seat) || seatAt(seatMap, seat)?.mark !== undefined) continue
    const run = found.at(-1)
    if (run?.at(-1) === seat - 1 && seatMap.isAdjacent[seat] === 1) run.push(seat)
    else found.push([seat])
  }
  return found
}

function distance(seatMap: SeatMapModel, seat: number, x: number, y: number): number {
  return Math.hypot((seatMap.x[seat] ?? 0) - x, (seatMap.y[seat] ?? 0) - y)
}

/**
 * Alternatives for the lost seats: as many free seats of the same section, as near as possible, adjacent if there are
 * such, and none of those in `wanted`.
 */
export function nearestSeats(
  seatMap: SeatMapModel,
  lost: readonly number[],
  wanted: ReadonlySet<number>,
): number[] {
  const section = lost[0] === undefined ? undefined : seatAt(seatMap, lost[0])?.area
  if (!section) return []
  const x = lost.reduce((sum, seat) => sum + (seatMap.x[seat] ?? 0), 0) / lost.length
  const y = lost.reduce((sum, seat) => sum + (seatMap.y[seat] ?? 0), 0) / lost.length
  const free = runs(seatMap, section.seats.from, section.seats.to, wanted)
  const together = free.flatMap((run) =>
    Array.from({ length: Math.max(0, run.length - lost.length + 1) }, (_, at) =>
      run.slice(at, at + lost.length),
    ),
  )
  const far = (seats: number[]) => seats.reduce((sum, seat) => sum + distance(seatMap, seat, x, y), 0)
  if (together.length > 0) return together.reduce((best, seats) => (far(seats) < far(best) ? seats : best))
  const single = free
    .flat()
    .sort((one, other) => distance(seatMap, one, x, y) - distance(seatMap, other, x, y))
  return single.length >= lost.length ? single.slice(0, lost.length) : []
}
