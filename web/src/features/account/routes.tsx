import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const accountRoutes: RouteObject[] = [
  { path: 'login', element: lazyPage(async () => (await import('./log-in-page')).LogInPage) },
  { path: 'register', element: lazyPage(async () => (await import('./register-page')).RegisterPage) },
]

/** Pages that need a log-in. */
export const ownAccountRoutes: RouteObject[] = [
  { path: 'account', element: lazyPage(async () => (await import('./account-page')).AccountPage) },
]
