import { Alert } from '@mantine/core'
import { useState } from 'react'
import { isProblem, retryAfterOf } from '@/api/problem'
import { untilAnswered } from '@/api/until-answered'
import { messagesNow, useMessages } from '@/i18n/messages'
import { accountMessages } from './messages'

/** A form waits so long by itself for a server that has too much to do; after that people decide. */
const LONGEST_WAIT_MS = 10_000
const ATTEMPTS_MAX = 4
const SECOND_MS = 1_000

/** Sends a form again while the server has too much to do, and says so. */
export function usePatience() {
  const text = useMessages(accountMessages)
  const [isWaiting, setWaiting] = useState(false)
  const patiently = async <T,>(
    send: (late: AbortSignal) => Promise<T>,
    onUnanswered?: () => void,
  ): Promise<T> => {
    const again = () => {
      setWaiting(true)
      onUnanswered?.()
    }
    const bounds = { attemptsMax: ATTEMPTS_MAX, longestWaitMs: LONGEST_WAIT_MS }
    try {
      return await untilAnswered(send, {
        signal: new AbortController().signal,
        onUnanswered: again,
        ...bounds,
      })
    } finally {
      setWaiting(false)
    }
  }
  const hint = isWaiting && (
    <Alert color="yellow" role="status">
      {text.waiting}
    </Alert>
  )
  return { patiently, hint }
}

/** How long to wait, when the server says so after too many attempts. */
export function tooFastText(error: unknown): string | undefined {
  const wait = retryAfterOf(error)
  if (!isProblem(error, 'too_many_requests') || wait === undefined) return undefined
  return messagesNow(accountMessages).tooFast(Math.ceil(wait / SECOND_MS))
}
