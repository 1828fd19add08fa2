import { useSyncExternalStore } from 'react'
import { currentSession, type SessionState, subscribe, type User } from './session'

export function useSession(): SessionState {
  return useSyncExternalStore(subscribe, currentSession)
}

export function useUser(): User | undefined {
  const session = useSession()
  return session.status === 'authenticated' ? session.user : undefined
}
