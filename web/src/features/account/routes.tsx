import type { RouteObject } from 'react-router'

export const accountRoutes: RouteObject[] = [
  { path: 'login', lazy: async () => ({ Component: (await import('./log-in-page')).LogInPage }) },
  { path: 'register', lazy: async () => ({ Component: (await import('./register-page')).RegisterPage }) },
]
