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
        {/* Without transitions the old page is replaced at once, not after the next one has loaded. */}
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
