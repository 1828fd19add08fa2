import type { RouteObject } from 'react-router'

export const basketRoutes: RouteObject[] = []
