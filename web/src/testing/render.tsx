import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { Suspense } from 'react'
import { MemoryRouter, type RouteObject, useLocation, useRoutes } from 'react-router'
import { ThemeProvider } from '@/kit/theme-provider'

function Pages({ routes, onMove }: { routes: RouteObject[]; onMove: (address: string) => void }) {
  const { pathname, search } = useLocation()
  onMove(pathname + search)
  return <Suspense>{useRoutes(routes)}</Suspense>
}

/** Renders routes at a URL; `user` clicks and types, `address` returns the current URL. */
export function openPages(routes: RouteObject[], start: string) {
  let now = start
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const user = userEvent.setup()
  render(
    <ThemeProvider>
      <QueryClientProvider client={queryClient}>
        <MemoryRouter initialEntries={[start]}>
          <Pages
            routes={[...routes, { path: '*', element: null }]}
            onMove={(address) => {
              now = address
            }}
          />
        </MemoryRouter>
      </QueryClientProvider>
    </ThemeProvider>,
  )
  return { user, queryClient, address: () => now }
}
