import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form'
import { ProblemError } from '@/api/problem'
import { fieldErrorText, problemText } from './problem-text'

/** Where the server's refusals belong in a form. */
type FieldMapping<F extends FieldValues> = {
  /** The form's fields; a pointer such as `/sections/0/code` becomes the path `sections.0.code`. */
  isField: (path: string) => path is FieldPath<F>
  /** The form's name for a place in the request, where that has another one. */
  rename?: (path: string) => string
  /** Codes that are about one field, such as `email_taken`, with what to say. */
  codes?: Record<string, { field: FieldPath<F>; text: string }>
}

function pathOf(pointer: string): string {
  const segments = pointer.split('/').slice(1)
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')).join('.')
}

/** Shows at each field what the server said about it, and the rest above the form. */
export function showServerErrors<F extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<F>,
  places: FieldMapping<F>,
): void {
  const known = error instanceof ProblemError ? places.codes?.[error.code] : undefined
  if (known) {
    setError(known.field, { type: 'server', message: known.text }, { shouldFocus: true })
    return
  }
  const faults = error instanceof ProblemError ? error.problem.errors : undefined
  const elsewhere: string[] = []
  // The first one only: a field that loses the focus again is checked again, and what the server said of it is gone.
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
