import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Availability, availabilityQuery, concertQuery } from './concerts'
import { type Delta, type LiveState, watchConcert } from './live'

/** The availability after a delta; `undefined` when an earlier delta is missing. */
export function applyDelta(known: Availability, delta: Delta): Availability | undefined {
  if (known.version >= delta.version) return known
  if (known.version < delta.from) return undefined
  const left = new Map(delta.sections.map(({ code, available }) => [code, available]))
  const sections = known.sections.map((section) => ({
    ...section,
    available: left.get(section.code) ?? section.available,
  }))
  const available = sections.reduce((sum, section) => sum + section.available, 0)
  return { ...known, version: delta.version, sections, available }
}

/** Keeps the availability of a concert current while a page shows it, and returns the state of the connection. */
export function useLiveAvailability(concertId: string): LiveState {
  const queryClient = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => {
    const { queryKey } = availabilityQuery(concertId)
    const readAgain = () => {
      void queryClient.invalidateQueries({ queryKey })
      void queryClient.invalidateQueries({ queryKey: concertQuery(concertId).queryKey })
    }
    return watchConcert(concertId, {
      state: setState,
      resync: readAgain,
      delta: (delta) => {
        const known = queryClient.getQueryData(queryKey)
        const next = known && applyDelta(known, delta)
        if (next) queryClient.setQueryData(queryKey, next)
        else if (known) void queryClient.invalidateQueries({ queryKey })
      },
    })
  }, [concertId, queryClient])
  return state
}
