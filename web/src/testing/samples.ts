import type { Booking, Payment } from '@/api/bookings'
import type { Concert, ConcertSummary } from '@/api/concerts'
import type { Refund } from '@/api/organiser'
import type { SalesReport } from '@/api/reports'
import type { User } from '@/api/session'

/** A concert of two sections, on sale, as its organiser reads it. */
export function aConcert(change: Partial<Concert> = {}): Concert {
  return {
    id: '01980c2a-7b1e-7000-8000-00000000c001',
    organiser_id: '01980c2a-7b1e-7000-8000-00000000a001',
    name: 'Evening in May',
    artist: 'The Examples',
    description: '',
    venue: 'Test Hall',
    location: 'Jakarta',
    time_zone: 'Asia/Jakarta',
    starts_at: '2030-05-31T13:00:00Z',
    sales_start_at: '2026-01-01T00:00:00Z',
    sales_end_at: '2030-05-31T13:00:00Z',
    refundable_until: null,
    currency: 'IDR',
    max_tickets_per_booking: 10,
    max_tickets_per_user: 10,
    max_pending_bookings_per_user: 2,
    status: 'on_sale',
    total: 105,
    revision: 7,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    sections: [
      {
        code: 'A',
        name: 'Stalls',
        kind: 'seated',
        total: 5,
        prices: [{ code: 'standard', name: 'Standard', price: 50_000_000, audience: 'anyone' }],
        layout: [
          { label: '1', seats: 3, first: 1, gaps: [], marks: [] },
          { label: '2', seats: 2, first: 1, gaps: [], marks: [] },
        ],
        capacity: null,
        plan: null,
      },
      {
        code: 'GA',
        name: 'Floor',
        kind: 'standing',
        total: 100,
        capacity: 100,
        prices: [{ code: 'standard', name: 'Standard', price: 25_000_000, audience: 'anyone' }],
        layout: null,
        plan: null,
      },
    ],
    ...change,
  }
}

export function aSummary(change: Partial<ConcertSummary> = {}): ConcertSummary {
  const { id, name, artist, venue, location, time_zone, currency, status, total } = aConcert()
  const { starts_at, sales_start_at, sales_end_at } = aConcert()
  const times = { starts_at, sales_start_at, sales_end_at }
  const rest = { price_from: 25_000_000, available: 80 }
  return {
    id,
    name,
    artist,
    venue,
    location,
    time_zone,
    currency,
    status,
    total,
    ...times,
    ...rest,
    ...change,
  }
}

/** A paid booking of two seats. */
export function aBooking(change: Partial<Booking> = {}): Booking {
  return {
    id: '01980c2a-7b1e-7000-8000-00000000b001',
    reference: '6SWYBC99',
    concert_id: aConcert().id,
    user_id: aUser().id,
    username: null,
    customer: null,
    status: 'confirmed',
    cancel_reason: null,
    expires_at: null,
    total: 100_000_000,
    currency: 'IDR',
    payment_id: aPayment().id,
    created_at: '2026-05-01T12:00:00Z',
    tickets: [
      { seat: 'A-1-1', section: 'A', category: 'standard', price: 50_000_000 },
      { seat: 'A-1-2', section: 'A', category: 'standard', price: 50_000_000 },
    ],
    ...change,
  }
}

export function aPayment(change: Partial<Payment> = {}): Payment {
  return {
    id: '01980c2a-7b1e-7000-8000-00000000d001',
    booking_id: '01980c2a-7b1e-7000-8000-00000000b001',
    status: 'completed',
    amount: 100_000_000,
    refunded: 0,
    currency: 'IDR',
    method: 'sandbox_approve',
    gateway: 'sandbox',
    transaction_id: 'sb_1',
    failure: null,
    next_action: null,
    created_at: '2026-05-01T12:00:01Z',
    ...change,
  }
}

export function aRefund(change: Partial<Refund> = {}): Refund {
  return {
    id: '01980c2a-7b1e-7000-8000-00000000f001',
    payment_id: aPayment().id,
    amount: 100_000_000,
    currency: 'IDR',
    reason: 'Behind a pillar',
    status: 'completed',
    created_at: '2026-05-02T12:00:00Z',
    ...change,
  }
}

export function aUser(change: Partial<User> = {}): User {
  return {
    id: '01980c2a-7b1e-7000-8000-00000000e001',
    username: 'ana',
    email: 'ana@example.com',
    role: 'user',
    status: 'active',
    created_at: '2026-01-01T00:00:00Z',
    ...change,
  }
}

/** Three bookings of which one was paid: two of 105 tickets are sold, one is held. */
export function aReport(change: Partial<SalesReport> = {}): SalesReport {
  const tickets = { total: 105, available: 100, held: 1, sold: 2, blocked: 2 }
  const bookings = { placed: 3, confirmed: 1, pending: 1, expired: 1, cancelled: 0 }
  return {
    concert_id: aConcert().id,
    at: '2026-11-21T12:00:00Z',
    currency: 'IDR',
    time_zone: 'Asia/Jakarta',
    tickets,
    gross: 100_000_000,
    revenue: 100_000_000,
    refunded: 0,
    pending_refunds: 0,
    net: 100_000_000,
    sections: [
      {
        code: 'A',
        name: 'Stalls',
        tickets: { total: 5, available: 2, held: 1, sold: 2, blocked: 0 },
        revenue: 100_000_000,
      },
      {
        code: 'GA',
        name: 'Floor',
        tickets: { total: 100, available: 98, held: 0, sold: 0, blocked: 2 },
        revenue: 0,
      },
    ],
    bookings,
    bucket: 'day',
    from: '2026-10-21T12:00:00Z',
    to: '2026-11-21T12:00:00Z',
    sales: [{ starts_at: '2026-11-20T17:00:00Z', bookings, tickets: 2, revenue: 100_000_000 }],
    ...change,
  }
}
