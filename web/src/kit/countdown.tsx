import { useEffect, useRef } from 'react'
import { serverNow, serverNowAtLatest } from '@/api/server-time'
import { countdownOf } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import { useNow } from './use-now'

type Props = {
  until: string
  /** Whether something begins then, which must not be told too early, or ends, which must not be told too late. */
  kind: 'begin' | 'end'
  /** Called when it is time, and again while this is still shown: the server may be a moment behind. */
  onEnd?: () => void
}

/** How often it is said that the time is over. */
const REPEAT_MS = 1_000

/** Runs down to an instant. Screen readers may read it but are not told every second. */
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
