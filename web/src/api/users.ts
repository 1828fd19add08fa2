import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { unwrap } from './problem'
import type { components } from './schema'
import type { User } from './session'

export type Role = components['schemas']['Role']
export type UserStatus = components['schemas']['UserStatus']

/** The filter of the users list; an empty `role` or `status` means all. */
export type UsersSearch = {
  text: string
  role: Role | ''
  status: UserStatus | ''
  cursor: string | undefined
}

const USERS_ON_A_PAGE = 50
export const USERS_KEY = ['users']

/** All accounts, newest first. */
export function usersQuery({ text, role, status, cursor }: UsersSearch) {
  const query = {
    limit: USERS_ON_A_PAGE,
    ...(text !== '' && { search: text }),
    ...(role !== '' && { role }),
    ...(status !== '' && { status }),
    ...(cursor !== undefined && { cursor }),
  }
  return queryOptions({
    queryKey: [...USERS_KEY, query],
    queryFn: ({ signal }) => unwrap(api.GET('/users', { params: { query }, signal })),
    placeholderData: (before) => before,
  })
}

/** Gives an account another role, suspends it, or reactivates it. */
export function changeUser(
  id: string,
  body: { role?: Role; status?: Exclude<UserStatus, 'erased'> },
): Promise<User> {
  return unwrap(api.PATCH('/users/{id}', { params: { path: { id } }, body }))
}
