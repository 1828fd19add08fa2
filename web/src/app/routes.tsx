import type { RouteObject } from 'react-router'
import { accountRoutes, ownAccountRoutes } from '@/features/account/routes'
import { adminRoutes } from '@/features/admin/routes'
import { basketRoutes } from '@/features/basket/routes'
import { bookingsRoutes } from '@/features/bookings/routes'
import { builderRoutes, editRoutes } from '@/features/builder/routes'
import { checkoutRoutes } from '@/features/checkout/routes'
import { concertsRoutes } from '@/features/concerts/routes'
import { dashboardRoutes } from '@/features/dashboard/routes'
import { seatsRoutes } from '@/features/seats/routes'
import { NotFoundPage } from './error-pages'
import { RequireUser } from './require-user'
import { Shell } from './shell'

export const routes: RouteObject[] = [
  {
    element: <Shell />,
    children: [
      ...concertsRoutes,
      ...seatsRoutes,
      ...accountRoutes,
      {
        element: <RequireUser atLeast="user" />,
        children: [...basketRoutes, ...checkoutRoutes, ...bookingsRoutes, ...ownAccountRoutes],
      },
      {
        element: <RequireUser atLeast="manager" />,
        children: [...builderRoutes, ...dashboardRoutes(editRoutes)],
      },
      { element: <RequireUser atLeast="admin" />, children: adminRoutes },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]
