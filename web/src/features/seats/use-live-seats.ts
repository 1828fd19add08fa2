import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Concert } from '@/api/concerts'
import { type LiveState, watchConcert } from '@/api/live'
import { applySeatChanges, type SeatMapModel, seatMapModelOf } from './seat-map-model'
import { seatsQuery } from './seats-query'

type LiveSeats = {
  seatMap: SeatMapModel | undefined
  /** Increases with each change, because the model is changed in place. */
  changeCount: number
  live: LiveState
  error: unknown
  retry: () => void
}

/** The seat map of a concert, kept current by its event stream. */
export function useLiveSeats(concert: Concert): LiveSeats {
  const queryClient = useQueryClient()
  const { data, error, refetch } = useQuery(seatsQuery(concert.id))
  const seatMap = useMemo(() => data && seatMapModelOf(concert, data), [concert, data])
  const [changeCount, setChangeCount] = useState(0)
  const [live, setLive] = useState<LiveState>('connecting')
  const newest = useRef(0)
  const current = useRef(seatMap)
  current.current = seatMap

  useEffect(() => {
    const invalidate = () => void queryClient.invalidateQueries({ queryKey: seatsQuery(concert.id).queryKey })
    return watchConcert(concert.id, {
      state: setLive,
      resync: invalidate,
      delta: ({ from, version, seats }) => {
        newest.current = version
        const model = current.current
        if (!model || model.version >= version) return
        if (model.version < from) return invalidate()
        applySeatChanges(model, seats)
        model.version = version
        setChangeCount((before) => before + 1)
      },
    })
  }, [concert.id, queryClient])

  // The response may be older than a delta that has arrived.
  const isBehind = seatMap !== undefined && seatMap.version < newest.current
  useEffect(() => {
    if (isBehind) void refetch()
  }, [isBehind, refetch])
  return { seatMap, changeCount, live, error, retry: () => void refetch() }
}
