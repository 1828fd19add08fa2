import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const adminRoutes: RouteObject[] = [
  { path: 'admin/users', element: lazyPage(async () => (await import('./users-page')).UsersPage) },
]
