import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

export const bookingsRoutes: RouteObject[] = [
  { path: 'bookings', element: lazyPage(async () => (await import('./bookings-page')).BookingsPage) },
  { path: 'bookings/:id', element: lazyPage(async () => (await import('./booking-page')).BookingPage) },
]
