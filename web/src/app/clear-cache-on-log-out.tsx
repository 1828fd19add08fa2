import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useUser } from '@/api/use-session'

/** What one person read is not shown to the next one at the same screen. */
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
