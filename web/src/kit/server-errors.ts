import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form'
import { ProblemError } from '@/api/problem'
import { fieldErrorText, problemText } from './problem-text'

/** Maps the server's field errors to the fields of a form. */
type FieldMapping<F extends FieldValues> = {
  /** Whether a path is a field; the pointer `/sections/0/code` becomes the path `sections.0.code`. */
  isField: (path: string) => path is FieldPath<F>
  /** Maps a path of the request to the form's name for it. */
  rename?: (path: string) => string
  /** Problem codes that belong to one field, such as `email_taken`, with their texts. */
  codes?: Record<string, { field: FieldPath<F>; text: string }>
}

function pathOf(pointer: string): string {
  const segments = pointer.split('/').slice(1)
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')).join('.')
}

/** Shows the server's field errors at their fields, and the rest as the root error. */
export function showServerErrors<F extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<F>,
  places: FieldMapping<F>,
): void {
  const mapped = error instanceof ProblemError ? places.codes?.[error.code] : undefined
  if (mapped) {
    setError(mapped.field, { type: 'server', message: mapped.text }, { shouldFocus: true })
    return
  }
  const faults = error instanceof ProblemError ? error.problem.errors : undefined
  const elsewhere: string[] = []
  // Only the first: focusing another field blurs this one, which is validated again and loses the server's error.
  let isFirst = true
  for (const { pointer, parameter, code, detail } of faults ?? []) {
    const path = (places.rename ?? String)(pointer === undefined ? (parameter ?? '') : pathOf(pointer))
    if (places.isField(path)) {
      setError(path, { type: 'server', message: fieldErrorText(code, detail) }, { shouldFocus: isFirst })
      isFirst = false
    } else elsewhere.push(fieldErrorText(code, detail))
  }
  if (!faults?.length) setError('root', { type: 'server', message: problemText(error) })
  else if (elsewhere.length > 0) setError('root', { type: 'server', message: elsewhere.join(' ') })
}
