import { isProblem, type ProblemError } from '@/api/problem'
import { formatsOf } from '@/i18n/format'
import { currentLanguage } from '@/i18n/language'
import { currentMessages } from '@/i18n/messages'
import { placeBookingMessages } from './place-booking-messages'
import { problemText } from './problem-text'

/** The text of an error of placing a booking. */
export function placeBookingErrorText(error: unknown): string {
  const placing = currentMessages(placeBookingMessages)
  if (isProblem(error, 'seats_unavailable')) return placing.taken(error.problem.seats ?? [])
  if (isProblem(error, 'sold_out')) return placing.soldOut(error.problem.left ?? 0)
  if (isProblem(error, 'limit_reached')) return limitText(error)
  if (isProblem(error, 'sale_not_started')) {
    const starts = error.problem.sales_start_at
    return placing.notStarted(starts ? formatsOf(currentLanguage()).moment(starts) : '')
  }
  return problemText(error)
}

function limitText({ problem }: ProblemError): string {
  const placing = currentMessages(placeBookingMessages)
  const allowed = problem.allowed ?? 0
  if (problem.limit === 'max_pending_bookings_per_user') return placing.pendingLimit(allowed)
  if (problem.limit === 'max_tickets_per_booking') return placing.bookingLimit(allowed)
  return placing.userLimit(allowed, problem.left ?? 0)
}
