import { useCallback, useEffect, useRef, useState } from 'react'
import { isUnanswered, PersonChangedError, ProblemError } from './problem'
import { keyOf, remember, settled, unsettledWish } from './unsettled'
import { untilAnswered } from './until-answered'
import { useSession } from './use-session'

type Request<Wish, Outcome> = {
  /** What the wish is about, such as the payments of one booking: of each scope one wish at a time is asked for. */
  scope: string
  /** Sends the wish under its key; called again, with the same two, while there is no answer. */
  send: (wish: Wish, key: string, late: AbortSignal) => Promise<Outcome>
  /** What became of it; `isHere` is false when people have left the page by then. */
  onAnswered?: (outcome: Outcome, wish: Wish, isHere: boolean) => void
  /** The server refused it. */
  onRefused?: (error: unknown, wish: Wish) => void
  /** A page that is opened again goes on asking for what it had sent just before. */
  resumes?: boolean
}

type State<Wish> = {
  wish: Wish | undefined
  isPending: boolean
  /** At least one attempt had no answer: whether the wish came true is not known. */
  isUnknown: boolean
  /** Why it was refused, or why the last attempt had no answer. */
  error: unknown
}

const NOTHING = { wish: undefined, isPending: false, isUnknown: false, error: undefined }
const NOT_LOGGED_IN = 401

/** Whether the server has decided. A log-in that is over decides nothing. */
function isDecision(error: unknown): boolean {
  return error instanceof ProblemError && error.status !== NOT_LOGGED_IN && !isUnanswered(error)
}

/**
 * Something that must happen once: placing, paying, cancelling, refunding. While its outcome is not known it is asked for
 * again under the same key, which outlives a reload, and nothing else may be taken for the outcome.
 */
export function useOutcome<Wish, Outcome>(request: Request<Wish, Outcome>) {
  const { scope, resumes = false } = request
  const session = useSession()
  const person = session.status === 'member' ? session.user.id : ''
  const [state, setState] = useState<State<Wish>>(NOTHING)
  const running = useRef<AbortController>(undefined)
  const latest = useRef(request)
  latest.current = request
  const wasSent = useRef(false)

  const ask = useCallback(
    (wish: Wish) => {
      // A second click, before the first one can be seen to work.
      if (running.current) return
      const run = new AbortController()
      running.current = run
      const key = keyOf(scope, wish, person)
      const update = (next: Partial<State<Wish>>) => {
        if (!run.signal.aborted) setState((before) => ({ ...before, ...next }))
      }
      setState({ wish, isPending: true, isUnknown: wasSent.current, error: undefined })
      wasSent.current = false
      const send = (late: AbortSignal) => {
        remember(scope, wish, key, person)
        return latest.current.send(wish, key, late)
      }
      untilAnswered(send, {
        signal: run.signal,
        onUnanswered: (error) => update({ isUnknown: true, error }),
      }).then(
        (outcome) => {
          settled(scope, key)
          if (!run.signal.aborted) running.current = undefined
          update(NOTHING)
          latest.current.onAnswered?.(outcome, wish, !run.signal.aborted)
        },
        (error) => {
          if (isDecision(error)) settled(scope, key)
          if (run.signal.aborted) return
          running.current = undefined
          update({ isPending: false, isUnknown: isUnanswered(error), error })
          if (!isUnanswered(error) && !(error instanceof PersonChangedError)) {
            latest.current.onRefused?.(error, wish)
          }
        },
      )
    },
    [scope, person],
  )

  useEffect(() => {
    const wish = resumes && person !== '' ? unsettledWish<Wish>(scope, person) : undefined
    if (wish !== undefined) {
      wasSent.current = true
      ask(wish)
    }
    return () => {
      running.current?.abort(new DOMException('left', 'AbortError'))
      running.current = undefined
      setState(NOTHING)
    }
  }, [scope, person, resumes, ask])

  const reset = useCallback(() => {
    if (!running.current) setState(NOTHING)
  }, [])
  const isSent = unsettledWish(scope, session.status === 'unknown' ? undefined : person) !== undefined
  return {
    ...state,
    /** Whether something of this scope was sent, perhaps before a reload, of which the outcome is not known. */
    isOpen: state.isPending || state.isUnknown || isSent,
    ask,
    reset,
  }
}
