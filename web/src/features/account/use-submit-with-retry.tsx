import { Alert } from '@mantine/core'
import { useState } from 'react'
import { isProblem, retryAfterOf } from '@/api/problem'
import { sendWithRetry } from '@/api/send-with-retry'
import { currentMessages, useMessages } from '@/i18n/messages'
import { accountMessages } from './messages'

/** The form retries if the server's `Retry-After` is at most this; otherwise the user decides. */
const RETRY_AFTER_MAX_MS = 10_000
const ATTEMPTS_MAX = 4
const SECOND_MS = 1_000

/** Repeats a form's request while the server is overloaded, with a hint. */
export function useSubmitWithRetry() {
  const text = useMessages(accountMessages)
  const [isWaiting, setWaiting] = useState(false)
  const submitWithRetry = async <T,>(
    send: (signal: AbortSignal) => Promise<T>,
    onRetry?: () => void,
  ): Promise<T> => {
    const again = () => {
      setWaiting(true)
      onRetry?.()
    }
    const bounds = { attemptsMax: ATTEMPTS_MAX, retryAfterMaxMs: RETRY_AFTER_MAX_MS }
    try {
      return await sendWithRetry(send, {
        signal: new AbortController().signal,
        onRetry: again,
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
  return { submitWithRetry, hint }
}

/** The text of a rate limit with its waiting time. */
export function rateLimitText(error: unknown): string | undefined {
  const wait = retryAfterOf(error)
  if (!isProblem(error, 'too_many_requests') || wait === undefined) return undefined
  return currentMessages(accountMessages).tooFast(Math.ceil(wait / SECOND_MS))
}
