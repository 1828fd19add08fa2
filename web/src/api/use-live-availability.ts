import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Availability, availabilityQuery, concertQuery } from './concerts'
import { type Delta, type LiveState, watchConcert } from './live'

/** The availability after a delta; `undefined` when an earlier delta is missing. */
export function applyDelta(current: Availability, delta: Delta): Availability | undefined {
  if (current.version >= delta.version) return current
  if (current.version < delta.from) return undefined
  const left = new Map(delta.sections.map(({ code, available }) => [code, available]))
  const sections = current.sections.map((section) => ({
    ...section,
    available: left.get(section.code) ?? section.available,
  }))
  const available = sections.reduce((sum, section) => sum + section.available, 0)
  return { ...current, version: delta.version, sections, available }
}

/** Keeps the availability of a concert current while a page shows it, and returns the state of the connection. */
export function useLiveAvailability(concertId: string): LiveState {
  const queryClient = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => {
    const { queryKey } = availabilityQuery(concertId)
    const invalidate = () => {
      void queryClient.invalidateQueries({ queryKey })
      void queryClient.invalidateQueries({ queryKey: concertQuery(concertId).queryKey })
    }
    return watchConcert(concertId, {
      state: setState,
      resync: invalidate,
      delta: (delta) => {
        const current = queryClient.getQueryData(queryKey)
        const next = current && applyDelta(current, delta)
        if (next) queryClient.setQueryData(queryKey, next)
        else if (current) void queryClient.invalidateQueries({ queryKey })
      },
    })
  }, [concertId, queryClient])
  return state
}
