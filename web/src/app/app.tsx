import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { BrowserRouter, useRoutes } from 'react-router'
import { Kit } from '@/kit/kit'
import { ForgetOnLogOut } from './forget-on-log-out'
import { routes } from './routes'

export function App({ queries }: { queries: QueryClient }) {
  return (
    <Kit>
      <QueryClientProvider client={queries}>
        <ForgetOnLogOut />
        {/* Without transitions a page is gone when it is left, and not when the next one has been loaded. */}
        <BrowserRouter useTransitions={false}>
          <Pages />
        </BrowserRouter>
      </QueryClientProvider>
    </Kit>
  )
}

function Pages() {
  return useRoutes(routes)
}
