import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Concert } from '@/api/concerts'
import { blockSeats, managedSeatsQuery, updateCachedConcert } from '@/api/organiser'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { problemText } from '@/kit/problem-text'
import { dashboardMessages } from './messages'

/** The number of taken seats that are named. */
const NAMED = 8
/** The server's limit of a request. */
export const BLOCKED_AT_ONCE_MAX = 5_000

type SeatChanges = { block?: string[]; unblock?: string[] }

/** Blocks and unblocks seats, and returns the result's text. */
export function useBlockSeats(concert: Concert, section: string) {
  const text = useMessages(dashboardMessages).seats
  const queryClient = useQueryClient()
  const { mutate, isPending, error, data, variables, reset } = useMutation({
    mutationFn: (changes: SeatChanges) => blockSeats(concert.id, changes),
    onSettled: () => {
      updateCachedConcert(queryClient, concert.id, concert)
      return queryClient.invalidateQueries({ queryKey: managedSeatsQuery(concert.id, section).queryKey })
    },
  })
  const refusal = () => {
    if (!error) return undefined
    if (!isProblem(error, 'seats_unavailable')) return problemText(error)
    const taken = error.problem.seats ?? []
    return text.taken(taken.slice(0, NAMED).join(', '), Math.max(0, taken.length - NAMED))
  }
  const announcement = () => {
    if (!data || !variables) return ''
    return variables.block?.length
      ? text.blocked(variables.block.length)
      : text.unblocked(variables.unblock?.length ?? 0)
  }
  return { mutate, reset, isPending, refusal: refusal(), announcement: announcement() }
}
