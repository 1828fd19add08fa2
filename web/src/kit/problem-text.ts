import { ConnectionError, ProblemError, UserChangedError } from '@/api/problem'
import { currentMessages } from '@/i18n/messages'
import { problemMessages } from './problem-messages'

type ByCode = Readonly<Record<string, string>>

/** The text of an error in the current language. Pages with more context have texts of their own. */
export function problemText(error: unknown): string {
  const { connection, personChanged, unexpected, codes } = currentMessages(problemMessages)
  if (error instanceof ConnectionError) return connection
  if (error instanceof UserChangedError) return personChanged
  if (!(error instanceof ProblemError)) return unexpected(String(error))
  const text = (codes as ByCode)[error.code]
  if (text !== undefined) return text
  // A newer server may send codes that this version does not know.
  return error.status < 500 ? error.message : unexpected(error.problem.request_id ?? '?')
}

/** The text of a field error, by the server's code. */
export function fieldErrorText(code: string, detail: string): string {
  const { fieldErrors } = currentMessages(problemMessages)
  return (fieldErrors as ByCode)[code] ?? detail
}

/** The text of the server's error for a query parameter; `undefined` when the error is not about that parameter. */
export function parameterErrorText(error: unknown, name: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined
  const found = error.problem.errors?.find(({ parameter }) => parameter === name)
  return found && fieldErrorText(found.code, found.detail)
}
