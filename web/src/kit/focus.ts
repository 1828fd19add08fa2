import type { FocusEvent } from 'react'

/** Whether the focus moves to a link. A field's pending search must not navigate away from where the link leads. */
export function movesToLink({ relatedTarget }: FocusEvent): boolean {
  return relatedTarget instanceof Element && relatedTarget.closest('a') !== null
}
