import type { RouteObject } from 'react-router'

export const bookingsRoutes: RouteObject[] = []
