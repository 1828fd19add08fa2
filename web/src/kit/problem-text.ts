import { ConnectionError, ProblemError, UserChangedError } from '@/api/problem'
import { currentMessages } from '@/i18n/messages'
import { problemMessages } from './problem-messages'

type ByCode = Readonly<Record<string, string>>

/** What to tell people about an error in their language. Pages that know more about their own refusals say it themselves. */
export function problemText(error: unknown): string {
  const { connection, personChanged, unexpected, codes } = currentMessages(problemMessages)
  if (error instanceof ConnectionError) return connection
  if (error instanceof UserChangedError) return personChanged
  if (!(error instanceof ProblemError)) return unexpected(String(error))
  const known = (codes as ByCode)[error.code]
  if (known !== undefined) return known
  // A newer server may know problems that this page does not.
  return error.status < 500 ? error.message : unexpected(error.problem.request_id ?? '?')
}

/** What to tell people about a value, by the server's word for the fault. */
export function fieldErrorText(code: string, detail: string): string {
  const { faults } = currentMessages(problemMessages)
  return (faults as ByCode)[code] ?? detail
}
