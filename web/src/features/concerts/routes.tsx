import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'
import { HomePage } from './home-page'

export const concertsRoutes: RouteObject[] = [
  // Most people come here first: the page is loaded with the shell.
  { index: true, element: <HomePage /> },
  { path: 'concerts/:id', element: lazyPage(async () => (await import('./concert-page')).ConcertPage) },
]
