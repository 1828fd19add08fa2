import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const seatsRoutes: RouteObject[] = [
  { path: 'concerts/:id/seats', element: lazyPage(async () => (await import('./seats-page')).SeatsPage) },
]
