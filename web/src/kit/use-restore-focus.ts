import { type RefObject, useEffect, useRef } from 'react'

/** Where the focus goes on when a change took away what had it, such as the button that asked for the change. */
export function useRestoreFocus(target: RefObject<HTMLElement | null>, change: unknown): void {
  const known = useRef(change)
  useEffect(() => {
    if (known.current === change) return
    known.current = change
    if (document.activeElement === document.body) target.current?.focus({ preventScroll: true })
  }, [change, target])
}
