import { useEffect, useRef } from 'react'
import { serverNow, serverNowAtLatest } from '@/api/server-time'
import { countdownOf } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import { useNow } from './use-now'

type Props = {
  until: string
  /**
   * A beginning must not be shown too early, an end not too late, within what is known about the server's clock.
   */
  kind: 'begin' | 'end'
  /** Called at the end, and repeatedly while this stays mounted, because the server may be a moment behind. */
  onEnd?: () => void
}

/** The interval of the repeated calls. */
const REPEAT_MS = 1_000

/** A countdown. Screen readers can read it, but it is not announced every second. */
export function Countdown({ until, kind, onEnd }: Props) {
  const { daysAnd } = useMessages(kitMessages)
  const end = Date.parse(until)
  const left = end - useNow(end, kind === 'end' ? serverNowAtLatest : serverNow)
  const over = left <= 0
  const ended = useRef(onEnd)
  ended.current = onEnd
  useEffect(() => {
    if (!over) return
    ended.current?.()
    const timer = setInterval(() => ended.current?.(), REPEAT_MS)
    return () => clearInterval(timer)
  }, [over])
  const { days, clock } = countdownOf(left)
  return (
    <time role="timer" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {days > 0 ? daysAnd(days, clock) : clock}
    </time>
  )
}
