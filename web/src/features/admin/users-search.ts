import type { Role, UserStatus, UsersSearch } from '@/api/users'

export const ROLES = ['user', 'manager', 'admin'] as const satisfies readonly Role[]
export const STATUSES = ['active', 'suspended', 'erased'] as const satisfies readonly UserStatus[]
/** The longest search text that the server accepts. */
export const SEARCH_MAX = 100

function oneOf<T extends string>(known: readonly T[], text: string | null): T | '' {
  return known.find((value) => value === text) ?? ''
}

/** Parses the query string. */
export function searchOf(parameters: URLSearchParams): UsersSearch {
  return {
    text: parameters.get('q')?.trim().slice(0, SEARCH_MAX) ?? '',
    role: oneOf(ROLES, parameters.get('role')),
    status: oneOf(STATUSES, parameters.get('status')),
    cursor: parameters.get('cursor') ?? undefined,
  }
}

export function parametersOf({ text, role, status, cursor }: UsersSearch): URLSearchParams {
  const parameters = new URLSearchParams()
  if (text !== '') parameters.set('q', text)
  if (role !== '') parameters.set('role', role)
  if (status !== '') parameters.set('status', status)
  if (cursor !== undefined) parameters.set('cursor', cursor)
  return parameters
}
