import { Navigate, Outlet, useLocation } from 'react-router'
import type { User } from '@/api/session'
import { useSession } from '@/api/use-session'
import { Loading } from '@/kit/loading'
import { ForbiddenPage } from './error-pages'

type Role = User['role']

const RANKS: Record<Role, number> = { user: 0, manager: 1, admin: 2 }

/** Whether the user's role includes `role`. */
export function mayAct(user: User, role: Role): boolean {
  return RANKS[user.role] >= RANKS[role]
}

/** Pages that need a role. Visitors log in first and return. */
export function RequireUser({ atLeast }: { atLeast: Role }) {
  const session = useSession()
  const { pathname, search } = useLocation()
  if (session.status === 'unknown') return <Loading />
  if (session.status === 'anonymous') {
    return <Navigate to="/login" replace state={{ from: pathname + search, ended: session.ended }} />
  }
  return mayAct(session.user, atLeast) ? <Outlet /> : <ForbiddenPage />
}
