import { QueryClient } from '@tanstack/react-query'
import { isTransient } from './problem'

const RETRIES = 2
/** Data that is younger than this is not fetched again. */
const FRESH_MS = 5_000

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: (failures, error) => isTransient(error) && failures < RETRIES, staleTime: FRESH_MS },
      // A change that cannot be sent fails at once; React Query would keep it until the network is back.
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}
