import { useLocation } from 'react-router'
import { logInStateOf, returnStateFor } from '@/kit/log-in-state'

/** Where people wanted to go before they were asked who they are, and what the page there is told when they are back. */
export function useLogInRedirect() {
  const { state } = useLocation()
  const told = logInStateOf(state)
  return { ...told, state, returnState: returnStateFor(told) }
}
