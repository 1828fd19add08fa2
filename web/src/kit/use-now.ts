import { useEffect, useState } from 'react'

const SECOND_MS = 1_000

/** The time, once a second; while `until` is ahead, exactly when its seconds change. */
export function useNow(until?: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const tick = () => {
      const at = Date.now()
      setNow(at)
      const phase = until === undefined ? 0 : (until - at) % SECOND_MS
      timer = setTimeout(tick, phase > 0 ? phase : SECOND_MS)
    }
    tick()
    return () => clearTimeout(timer)
  }, [until])
  return now
}
