import { isFree, type Plan, seatAt } from './plan'

/** Free seats side by side, without special places and those that are wanted already. */
function runs(plan: Plan, from: number, to: number, wanted: ReadonlySet<number>): number[][] {
  const found: number[][] = []
  for (let seat = from; seat < to; seat += 1) {
    if (!isFree(plan, seat) || wanted.has(seat) || seatAt(plan, seat)?.mark !== undefined) continue
    const run = found.at(-1)
    if (run?.at(-1) === seat - 1 && plan.joined[seat] === 1) run.push(seat)
    else found.push([seat])
  }
  return found
}

function distance(plan: Plan, seat: number, x: number, y: number): number {
  return Math.hypot((plan.x[seat] ?? 0) - x, (plan.y[seat] ?? 0) - y)
}

/**
 * As many free seats as were lost, in the same section and as near as possible: side by side if there are such, and none
 * of those that are wanted already.
 */
export function nearest(plan: Plan, lost: readonly number[], wanted: ReadonlySet<number>): number[] {
  const section = lost[0] === undefined ? undefined : seatAt(plan, lost[0])?.area
  if (!section) return []
  const x = lost.reduce((sum, seat) => sum + (plan.x[seat] ?? 0), 0) / lost.length
  const y = lost.reduce((sum, seat) => sum + (plan.y[seat] ?? 0), 0) / lost.length
  const free = runs(plan, section.seats.from, section.seats.to, wanted)
  const together = free.flatMap((run) =>
    Array.from({ length: Math.max(0, run.length - lost.length + 1) }, (_, at) =>
      run.slice(at, at + lost.length),
    ),
  )
  const far = (seats: number[]) => seats.reduce((sum, seat) => sum + distance(plan, seat, x, y), 0)
  if (together.length > 0) return together.reduce((best, seats) => (far(seats) < far(best) ? seats : best))
  const single = free.flat().sort((one, other) => distance(plan, one, x, y) - distance(plan, other, x, y))
  return single.length >= lost.length ? single.slice(0, lost.length) : []
}
