import type { FocusEvent } from 'react'

/** Whether focus goes on to a link: the person who follows it must not be called back by what the field still waits to do. */
export function movesToLink({ relatedTarget }: FocusEvent): boolean {
  return relatedTarget instanceof Element && relatedTarget.closest('a') !== null
}
