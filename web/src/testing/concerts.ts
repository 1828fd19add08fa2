import type { Concert, Seats, Section } from '@/api/concerts'

const DAY_MS = 86_400_000

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}

const price = { code: 'standard', name: 'Standard', price: 4500, audience: 'anyone' } as const

/** A seated section; rows as the server writes seats, such as `aah_sb`. */
export function seated(code: string, rows: Record<string, string>, more: Partial<Section> = {}): Section {
  const layout = Object.entries(rows).map(([label, seats]) => ({
    label,
    first: 1,
    seats: seats.replaceAll('_', '').length,
    gaps: [],
    marks: [],
  }))
  const total = layout.reduce((sum, row) => sum + row.seats, 0)
  const shape = { layout, capacity: null, plan: null }
  return { code, name: `Section ${code}`, kind: 'seated', prices: [price], total, ...shape, ...more }
}

/** A concert on sale in Jakarta. */
export function concertOf(sections: Section[], more: Partial<Concert> = {}): Concert {
  return {
    id: '01980c2a-7b1e-7000-8000-000000000002',
    organiser_id: '01980c2a-7b1e-7000-8000-000000000003',
    name: 'Moonlight Tour',
    artist: 'The Foxes',
    description: '',
    venue: 'Stadion Utama',
    location: 'Jakarta',
    time_zone: 'Asia/Jakarta',
    starts_at: inDays(30),
    sales_start_at: inDays(-1),
    sales_end_at: inDays(30),
    currency: 'EUR',
    status: 'on_sale',
    total: sections.reduce((sum, { total }) => sum + total, 0),
    refundable_until: null,
    max_tickets_per_booking: 10,
    max_tickets_per_user: null,
    max_pending_bookings_per_user: null,
    revision: 1,
    sections,
    created_at: inDays(-2),
    updated_at: inDays(-2),
    ...more,
  }
}

/** The seats of a concert, section by section. */
export function seatsOf(concert: Concert, rows: Record<string, Record<string, string>>): Seats {
  return {
    concert_id: concert.id,
    version: 1,
    sections: concert.sections.map(({ code }) => ({
      code,
      rows: Object.entries(rows[code] ?? {}).map(([label, seats]) => ({ label, first: 1, seats })),
    })),
  }
}
