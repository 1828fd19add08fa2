import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const basketRoutes: RouteObject[] = [
  { path: 'basket', element: lazyPage(async () => (await import('./basket-page')).BasketPage) },
]
