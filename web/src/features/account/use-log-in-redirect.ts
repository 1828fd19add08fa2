import { useLocation } from 'react-router'
import { logInStateOf, returnStateFor } from '@/kit/log-in-state'

/** The URL to return to after the log-in, and the location state for it. */
export function useLogInRedirect() {
  const { state } = useLocation()
  const logIn = logInStateOf(state)
  return { ...logIn, state, returnState: returnStateFor(logIn) }
}
