import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useUser } from '@/api/use-session'

/** The next user of the same browser must not see cached data of the previous one. */
export function ClearCacheOnLogOut() {
  const queryClient = useQueryClient()
  const id = useUser()?.id
  const before = useRef(id)
  useEffect(() => {
    if (before.current !== undefined && before.current !== id) queryClient.clear()
    before.current = id
  }, [id, queryClient])
  return null
}
