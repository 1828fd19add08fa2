import type { Booking } from '@/api/bookings'
import type { Tone } from '@/kit/badge'

export const BOOKING_TONES: Record<Booking['status'], Tone> = {
  pending: 'warn',
  confirmed: 'good',
  cancelled: 'calm',
}
