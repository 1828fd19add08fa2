import { useCallback, useEffect, useRef, useState } from 'react'
import {
  clearPendingMutation,
  idempotencyKeyFor,
  pendingVariables,
  savePendingMutation,
} from './pending-mutations'
import { isRetryable, ProblemError, UserChangedError } from './problem'
import { sendWithRetry } from './send-with-retry'
import { useSession } from './use-session'

type Options<Variables, Result> = {
  /** What is changed, such as the payments of one booking. One mutation of a scope runs at a time. */
  scope: string
  /** Sends the request. Called again with the same variables and key while there is no answer. */
  send: (variables: Variables, key: string, signal: AbortSignal) => Promise<Result>
  /** `isMounted` is false when the page was left before the answer came. */
  onSuccess?: (result: Result, variables: Variables, isMounted: boolean) => void
  /** The server refused the request. */
  onError?: (error: unknown, variables: Variables) => void
  /** Repeats a request without an answer when the page is opened again. */
  resumeAfterReload?: boolean
}

type State<Variables> = {
  variables: Variables | undefined
  isPending: boolean
  /** At least one attempt had no answer, so it is not known whether the server made the change. */
  isOutcomeUnknown: boolean
  /** The refusal, or the error of the last attempt. */
  error: unknown
}

const IDLE = { variables: undefined, isPending: false, isOutcomeUnknown: false, error: undefined }
const UNAUTHORIZED = 401

/** Whether the server has decided about the request. An expired session decides nothing. */
function isDecision(error: unknown): boolean {
  return error instanceof ProblemError && error.status !== UNAUTHORIZED && !isRetryable(error)
}

/**
 * A change that must happen once: placing, paying, cancelling, refunding. Requests without an answer are repeated under
 * the same idempotency key, which survives a reload. The page must not show an outcome while `isOutcomeUnknown`.
 */
export function useIdempotentMutation<Variables, Result>(options: Options<Variables, Result>) {
  const { scope, resumeAfterReload = false } = options
  const session = useSession()
  const userId = session.status === 'authenticated' ? session.user.id : ''
  const [state, setState] = useState<State<Variables>>(IDLE)
  const running = useRef<AbortController>(undefined)
  const latest = useRef(options)
  latest.current = options
  const wasSent = useRef(false)

  const mutate = useCallback(
    (variables: Variables) => {
      // A second click can come before the button shows the first one.
      if (running.current) return
      const run = new AbortController()
      running.current = run
      const key = idempotencyKeyFor(scope, variables, userId)
      const update = (next: Partial<State<Variables>>) => {
        if (!run.signal.aborted) setState((before) => ({ ...before, ...next }))
      }
      setState({ variables, isPending: true, isOutcomeUnknown: wasSent.current, error: undefined })
      wasSent.current = false
      const send = (signal: AbortSignal) => {
        savePendingMutation(scope, variables, key, userId)
        return latest.current.send(variables, key, signal)
      }
      sendWithRetry(send, {
        signal: run.signal,
        onRetry: (error) => update({ isOutcomeUnknown: true, error }),
      }).then(
        (result) => {
          clearPendingMutation(scope, key)
          if (!run.signal.aborted) running.current = undefined
          update(IDLE)
          latest.current.onSuccess?.(result, variables, !run.signal.aborted)
        },
        (error) => {
          if (isDecision(error)) clearPendingMutation(scope, key)
          if (run.signal.aborted) return
          running.current = undefined
          update({ isPending: false, isOutcomeUnknown: isRetryable(error), error })
          if (!isRetryable(error) && !(error instanceof UserChangedError)) {
            latest.current.onError?.(error, variables)
          }
        },
      )
    },
    [scope, userId],
  )

  useEffect(() => {
    const pending =
      resumeAfterReload && userId !== '' ? pendingVariables<Variables>(scope, userId) : undefined
    if (pending !== undefined) {
      wasSent.current = true
      mutate(pending)
    }
    return () => {
      running.current?.abort(new DOMException('left', 'AbortError'))
      running.current = undefined
      setState(IDLE)
    }
  }, [scope, userId, resumeAfterReload, mutate])

  const reset = useCallback(() => {
    if (!running.current) setState(IDLE)
  }, [])
  const isSent = pendingVariables(scope, session.status === 'unknown' ? undefined : userId) !== undefined
  return {
    ...state,
    /** Whether a request of this scope has no answer yet, including one that was sent before a reload. */
    isUnresolved: state.isPending || state.isOutcomeUnknown || isSent,
    mutate,
    reset,
  }
}
