import type { RouteObject } from 'react-router'

export const seatsRoutes: RouteObject[] = []
