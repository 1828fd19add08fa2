import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Concert } from '@/api/concerts'
import { type LiveState, watchConcert } from '@/api/live'
import { applySeats, type Plan, planOf } from './plan'
import { seatsQuery } from './seats-query'

type Known = {
  plan: Plan | undefined
  /** Moves with each change of a seat: the plan itself is changed in place. */
  beat: number
  live: LiveState
  error: unknown
  retry: () => void
}

/** The house with the states of its seats, which follow what is sold while it is looked at. */
export function useSeats(concert: Concert): Known {
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(seatsQuery(concert.id))
  const plan = useMemo(() => data && planOf(concert, data), [concert, data])
  const [beat, setBeat] = useState(0)
  const [live, setLive] = useState<LiveState>('connecting')
  const newest = useRef(0)
  const current = useRef(plan)
  current.current = plan

  useEffect(() => {
    const readAgain = () => void queries.invalidateQueries({ queryKey: seatsQuery(concert.id).queryKey })
    return watchConcert(concert.id, {
      state: setLive,
      resync: readAgain,
      delta: ({ from, version, seats }) => {
        newest.current = version
        const known = current.current
        if (!known || known.version >= version) return
        if (known.version < from) return readAgain()
        applySeats(known, seats)
        known.version = version
        setBeat((before) => before + 1)
      },
    })
  }, [concert.id, queries])

  // What changed while the seats were on their way here is not in them.
  const isBehind = plan !== undefined && plan.version < newest.current
  useEffect(() => {
    if (isBehind) void refetch()
  }, [isBehind, refetch])
  return { plan, beat, live, error, retry: () => void refetch() }
}
