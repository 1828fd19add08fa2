import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { BrowserRouter, useRoutes } from 'react-router'
import { ThemeProvider } from '@/kit/theme-provider'
import { ClearCacheOnLogOut } from './clear-cache-on-log-out'
import { routes } from './routes'

export function App({ queryClient }: { queryClient: QueryClient }) {
  return (
    <ThemeProvider>
      <QueryClientProvider client={queryClient}>
        <ClearCacheOnLogOut />
        {/* Without transitions a page is gone when it is left, and not when the next one has been loaded. */}
        <BrowserRouter useTransitions={false}>
          <Pages />
        </BrowserRouter>
      </QueryClientProvider>
    </ThemeProvider>
  )
}

function Pages() {
  return useRoutes(routes)
}
