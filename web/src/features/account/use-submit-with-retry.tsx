import { Alert } from '@mantine/core'
import { useState } from 'react'
import { isProblem, retryAfterOf } from '@/api/problem'
import { sendWithRetry } from '@/api/send-with-retry'
import { currentMessages, useMessages } from '@/i18n/messages'
import { accountMessages } from './messages'

/** A form waits so long by itself for a server that has too much to do; after that people decide. */
const RETRY_AFTER_MAX_MS = 10_000
const ATTEMPTS_MAX = 4
const SECOND_MS = 1_000

/** Sends a form again while the server has too much to do, and says so. */
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

/** How long to wait, when the server says so after too many attempts. */
export function rateLimitText(error: unknown): string | undefined {
  const wait = retryAfterOf(error)
  if (!isProblem(error, 'too_many_requests') || wait === undefined) return undefined
  return currentMessages(accountMessages).tooFast(Math.ceil(wait / SECOND_MS))
}
