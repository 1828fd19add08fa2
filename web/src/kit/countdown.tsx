import { useEffect, useRef } from 'react'
import { clockOf } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import { useNow } from './use-now'

type Props = { until: string; onEnd?: () => void }

/** Runs down to an instant. Screen readers may read it but are not told every second. */
export function Countdown({ until, onEnd }: Props) {
  const { daysAnd } = useMessages(kitMessages)
  const end = Date.parse(until)
  const left = end - useNow(end)
  const over = left <= 0
  const ended = useRef(onEnd)
  ended.current = onEnd
  useEffect(() => {
    if (over) ended.current?.()
  }, [over])
  const { days, clock } = clockOf(left)
  return (
    <time role="timer" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {days > 0 ? daysAnd(days, clock) : clock}
    </time>
  )
}
