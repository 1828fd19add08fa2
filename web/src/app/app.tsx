import { QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { createBrowserRouter } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { newQueryClient } from '@/api/query-client'
import { Kit } from '@/kit/kit'
import { ForgetOnLogOut } from './forget-on-log-out'
import { routes } from './routes'

export function App() {
  const [queries] = useState(newQueryClient)
  const [router] = useState(() => createBrowserRouter(routes))
  return (
    <Kit>
      <QueryClientProvider client={queries}>
        <ForgetOnLogOut />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </Kit>
  )
}
