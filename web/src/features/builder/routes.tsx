import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const builderRoutes: RouteObject[] = [
  { path: 'manage/new', element: lazyPage(async () => (await import('./builder-page')).BuilderPage) },
]

/** Pages inside the concert's layout route. */
export const editRoutes: RouteObject[] = [
  { path: 'details', element: lazyPage(async () => (await import('./edit-page')).EditPage) },
]
