import { useRef } from 'react'

/** 128 random bits; `crypto.randomUUID` exists only on HTTPS and on localhost. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The key of a wish: the same as long as the wish is the same, so that sending it again after a lost answer does it
 * once. Call `fulfilled` when the server has answered, so that the same wish may be had again.
 */
export function useIdempotencyKey(): { keyOf: (wish: unknown) => string; fulfilled: () => void } {
  const last = useRef<{ wish: string; key: string }>(undefined)
  return {
    keyOf: (wish) => {
      const text = JSON.stringify(wish)
      if (last.current?.wish !== text) last.current = { wish: text, key: newIdempotencyKey() }
      return last.current.key
    },
    fulfilled: () => {
      last.current = undefined
    },
  }
}
