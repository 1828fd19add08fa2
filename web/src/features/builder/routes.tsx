import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const builderRoutes: RouteObject[] = [
  { path: 'manage/new', element: lazyPage(async () => (await import('./builder-page')).BuilderPage) },
]

/** Pages about one concert, which stand in its frame. */
export const editRoutes: RouteObject[] = [
  { path: 'details', element: lazyPage(async () => (await import('./edit-page')).EditPage) },
]
