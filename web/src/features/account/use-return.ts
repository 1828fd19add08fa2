import { useLocation } from 'react-router'

/** Where people wanted to go before they were asked who they are; they are taken there afterwards. */
export function useReturn(): { from: string; ended: boolean; state: unknown } {
  const state: unknown = useLocation().state
  const has = typeof state === 'object' && state !== null
  return {
    from: has && 'from' in state && typeof state.from === 'string' ? state.from : '/',
    ended: has && 'ended' in state && state.ended === true,
    state,
  }
}
