import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const checkoutRoutes: RouteObject[] = [
  { path: 'checkout/:id', element: lazyPage(async () => (await import('./checkout-page')).CheckoutPage) },
]
