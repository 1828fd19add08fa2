import { useEffect, useState } from 'react'
import { serverNow } from '@/api/server-time'

const SECOND_MS = 1_000

/** The server's time, updated every second; with `until`, exactly when the remaining seconds change. */
export function useNow(until?: number, clock = serverNow): number {
  const [now, setNow] = useState(clock)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const tick = () => {
      const at = clock()
      setNow(at)
      const phase = until === undefined ? 0 : (until - at) % SECOND_MS
      timer = setTimeout(tick, phase > 0 ? phase : SECOND_MS)
    }
    tick()
    return () => clearTimeout(timer)
  }, [until, clock])
  return now
}
