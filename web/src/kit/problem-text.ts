import { ConnectionError, isProblem, ProblemError } from '@/api/problem'
import { messagesNow } from '@/i18n/messages'
import { kitMessages } from './messages'

/**
 * What to tell people about an error in their language. Pages say themselves what their own refusals mean; this is for
 * what can happen anywhere.
 */
export function problemText(error: unknown): string {
  const { problem } = messagesNow(kitMessages)
  if (error instanceof ConnectionError) return problem.connection
  if (isProblem(error, 'busy', 'unavailable')) return problem.busy
  if (isProblem(error, 'too_many_requests')) return problem.tooManyRequests
  if (isProblem(error, 'forbidden')) return problem.forbidden
  if (isProblem(error, 'login_required', 'invalid_token')) return problem.sessionEnded
  if (error instanceof ProblemError && error.status < 500) return error.message
  return problem.unexpected(error instanceof ProblemError ? (error.problem.request_id ?? '?') : String(error))
}

/** What to tell people about a value, by the server's word for the fault. */
export function faultText(code: string, detail: string): string {
  const { fault } = messagesNow(kitMessages)
  const texts: Record<string, string> = {
    required: fault.required,
    too_short: fault.tooShort,
    too_long: fault.tooLong,
    out_of_range: fault.outOfRange,
    not_an_email: fault.notAnEmail,
    too_weak: fault.tooWeak,
    characters: fault.characters,
    reserved: fault.reserved,
  }
  return texts[code] ?? detail
}
