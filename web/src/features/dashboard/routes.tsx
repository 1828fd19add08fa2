import type { RouteObject } from 'react-router'
import { lazyPage } from '@/kit/lazy-page'

/** The organiser's routes. `within` are other features' pages inside the concert's layout. */
export function dashboardRoutes(within: RouteObject[]): RouteObject[] {
  return [
    {
      path: 'manage',
      element: lazyPage(async () => (await import('./my-concerts-page')).MyConcertsPage),
    },
    {
      path: 'manage/:id',
      element: lazyPage(async () => (await import('./concert-layout')).ConcertLayout),
      children: [
        { index: true, element: lazyPage(async () => (await import('./sales-page')).SalesPage) },
        {
          path: 'bookings',
          element: lazyPage(async () => (await import('./bookings-page')).BookingsPage),
        },
        {
          path: 'bookings/:bookingId',
          element: lazyPage(async () => (await import('./booking-page')).BookingPage),
        },
        { path: 'seats', element: lazyPage(async () => (await import('./seats-page')).SeatsPage) },
        ...within,
      ],
    },
  ]
}
