import { type RefObject, useEffect, useRef } from 'react'

/** Moves the focus to `target` when `change` removed the focused element, such as the button that was clicked. */
export function useRestoreFocus(target: RefObject<HTMLElement | null>, change: unknown): void {
  const known = useRef(change)
  useEffect(() => {
    if (known.current === change) return
    known.current = change
    if (document.activeElement === document.body) target.current?.focus({ preventScroll: true })
  }, [change, target])
}
