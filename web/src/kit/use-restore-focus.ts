import { type RefObject, useEffect, useRef } from 'react'

/** Moves the focus to `target` when `change` removed the focused element, such as the button that was clicked. */
export function useRestoreFocus(target: RefObject<HTMLElement | null>, change: unknown): void {
  const previous = useRef(change)
  useEffect(() => {
    if (previous.current === change) return
    previous.current = change
    if (document.activeElement === document.body) target.current?.focus({ preventScroll: true })
  }, [change, target])
}
