import { QueryClient } from '@tanstack/react-query'
import { isTransient } from './problem'

const RETRIES = 2
/** What was read a moment ago is shown without asking again. */
const FRESH_MS = 5_000

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: (failures, error) => isTransient(error) && failures < RETRIES, staleTime: FRESH_MS },
      // A wish that cannot be sent is said to have failed, not kept for later.
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}
