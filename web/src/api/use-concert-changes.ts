import { useEffect, useRef, useState } from 'react'
import { type LiveState, watchConcert } from './live'

/** Reports are asked for again at most this often, however fast a concert sells. */
const PAUSE_MS = 1_500

/**
 * Calls `onChange` when something happened to a concert that is watched, at once the first time and then at most every
 * now and then, the last time after the last change. Says whether that works.
 */
export function useConcertChanges(concertId: string, isWatched: boolean, onChange: () => void): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const latest = useRef(onChange)
  latest.current = onChange
  useEffect(() => {
    if (!isWatched) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isDue = false
    const tell = () => {
      if (timer !== undefined) {
        isDue = true
        return
      }
      latest.current()
      timer = setTimeout(() => {
        timer = undefined
        if (!isDue) return
        isDue = false
        tell()
      }, PAUSE_MS)
    }
    const stop = watchConcert(concertId, { state: setState, delta: tell, resync: tell })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [concertId, isWatched])
  return state
}
