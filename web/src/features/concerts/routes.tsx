import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const concertsRoutes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./home-page')).HomePage) },
  { path: 'concerts/:id', element: lazyPage(async () => (await import('./concert-page')).ConcertPage) },
]
