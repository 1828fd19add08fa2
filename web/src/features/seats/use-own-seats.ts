import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { recentBookingsQuery } from '@/api/bookings'
import { useUser } from '@/api/use-session'
import { isFree, type SeatMapModel, seatIndexOf } from './seat-map-model'

/** The indices of the seats in the user's own unpaid and paid bookings. */
export function useOwnSeats(
  concertId: string,
  seatMap: SeatMapModel,
  changeCount: number,
): ReadonlySet<number> {
  const user = useUser()
  const { data } = useQuery({ ...recentBookingsQuery, enabled: user !== undefined })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model is changed in place; `changeCount` changes with it.
  return useMemo(() => {
    const live = data?.items.filter(
      (booking) => booking.concert_id === concertId && booking.status !== 'cancelled',
    )
    const seats = live?.flatMap(({ tickets }) => tickets.map(({ seat }) => seatIndexOf(seatMap, seat) ?? -1))
    return new Set(seats?.filter((seat) => seat >= 0 && !isFree(seatMap, seat)))
  }, [data, concertId, seatMap, changeCount])
}
