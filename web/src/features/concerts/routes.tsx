import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'
import { HomePage } from './home-page'

export const concertsRoutes: RouteObject[] = [
  // The usual entry page is part of the shell's chunk.
  { index: true, element: <HomePage /> },
  { path: 'concerts/:id', element: lazyPage(async () => (await import('./concert-page')).ConcertPage) },
]
