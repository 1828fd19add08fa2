import { randomBytes } from 'node:crypto'
import { type APIRequestContext, expect, request } from '@playwright/test'
import type { components } from '../src/api/schema'

type CreateConcert = components['schemas']['CreateConcert']
type PlaceBooking = components['schemas']['PlaceBooking']
export type Concert = components['schemas']['Concert']
type Booking = components['schemas']['Booking']
export type Account = { username: string; password: string }

/** The organiser of the demo's concerts. */
export const MANAGER: Account = { username: 'manager', password: 'curtain-rises-at-eight' }
export const ADMIN: Account = { username: 'admin', password: 'keys-to-the-stage-door' }
const DAY_MS = 86_400_000

export function after(milliseconds: number): string {
  return new Date(Date.now() + milliseconds).toISOString()
}

/** Prepares data for a test through the API. */
export class Shop {
  private readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  async fan(more: Partial<Account> = {}): Promise<Account> {
    const account = {
      username: `fan${randomBytes(5).toString('hex')}`,
      password: 'velvet otter harbour 9',
      ...more,
    }
    const api = await request.newContext({ baseURL: this.origin })
    const answer = await api.post('/api/v1/users', {
      data: { ...account, email: `${account.username}@example.com` },
    })
    expect(answer.status(), await answer.text()).toBe(201)
    await api.dispose()
    return account
  }

  /** An API client that is logged in as an account. */
  async as({ username, password }: Account): Promise<APIRequestContext> {
    const plain = await request.newContext({ baseURL: this.origin })
    const answer = await plain.post('/api/v1/sessions', { data: { login: username, password } })
    expect(answer.status(), await answer.text()).toBe(200)
    const { access_token } = await answer.json()
    await plain.dispose()
    return request.newContext({
      baseURL: this.origin,
      extraHTTPHeaders: { Authorization: `Bearer ${access_token}` },
    })
  }

  /** A concert on sale, by default with a seated section of four rows of ten and a standing section. */
  async concert(more: Partial<CreateConcert> = {}): Promise<Concert> {
    const manager = await this.as(MANAGER)
    const concert = await this.publish(manager, more)
    await manager.dispose()
    return concert
  }

  /** Concerts with numbered names, later than all others. */
  async concerts(count: number, name: string): Promise<void> {
    const manager = await this.as(MANAGER)
    const starts_at = after(300 * DAY_MS)
    for (let number = 1; number <= count; number += 1) {
      await this.publish(manager, { name: `${name} ${number}`, starts_at })
    }
    await manager.dispose()
  }

  private async publish(manager: APIRequestContext, more: Partial<CreateConcert>): Promise<Concert> {
    const data: CreateConcert = {
      name: `Concert ${randomBytes(3).toString('hex')}`,
      artist: 'The Foxes',
      description: 'An evening in the open air.',
      venue: 'Stadion Utama',
      location: 'Jakarta',
      time_zone: 'Asia/Jakarta',
      starts_at: after(30 * DAY_MS),
      sales_start_at: after(-DAY_MS),
      sales_end_at: after(29 * DAY_MS),
      refundable_until: after(20 * DAY_MS),
      currency: 'IDR',
      max_pending_bookings_per_user: null,
      sections: [
        { code: 'A', name: 'Stalls', kind: 'seated', price: 45_000_000, rows: 4, seats_per_row: 10 },
        { code: 'GA', name: 'Floor', kind: 'standing', price: 20_000_000, capacity: 50 },
      ],
      ...more,
    }
    const created = await manager.post('/api/v1/concerts', { data })
    expect(created.status(), await created.text()).toBe(201)
    const concert: Concert = await created.json()
    const published = await manager.post(`/api/v1/concerts/${concert.id}/publish`)
    expect(published.status(), await published.text()).toBe(200)
    return concert
  }

  /** A new customer books and pays for seats. */
  async sell(concert: Pick<Concert, 'id'>, seats: string[]): Promise<Account> {
    const fan = await this.fan()
    await this.pay(fan, await this.place(fan, { concert_id: concert.id, seats }))
    return fan
  }

  /** A new customer books seats. */
  async take(concert: Concert, seats: string[]): Promise<void> {
    await this.place(await this.fan(), { concert_id: concert.id, seats })
  }

  /** The organiser changes the prices of a section in every category. */
  async reprice({ id }: Pick<Concert, 'id'>, code: string, price: number): Promise<void> {
    const manager = await this.as(MANAGER)
    const { revision, sections }: Concert = await (await manager.get(`/api/v1/concerts/${id}`)).json()
    const prices = sections
      .find((section) => section.code === code)
      ?.prices.map((item) => ({ ...item, price }))
    const changed = await manager.patch(`/api/v1/concerts/${id}`, {
      headers: { 'If-Match': `"${revision}"` },
      data: { sections: [{ code, prices }] },
    })
    expect(changed.status(), await changed.text()).toBe(200)
    await manager.dispose()
  }

  /** The bookings of a fan, newest first. */
  async bookingsOf(fan: Account): Promise<Booking[]> {
    const api = await this.as(fan)
    const { items } = await (await api.get('/api/v1/bookings')).json()
    await api.dispose()
    return items
  }

  /** Places a booking and returns its id. */
  async place(fan: Account, request: PlaceBooking): Promise<string> {
    const api = await this.as(fan)
    const placed = await api.post('/api/v1/bookings', { data: request })
    expect(placed.status(), await placed.text()).toBe(201)
    const { id } = await placed.json()
    await api.dispose()
    return id
  }

  async pay(fan: Account, booking_id: string): Promise<void> {
    const api = await this.as(fan)
    const paid = await api.post('/api/v1/payments', { data: { booking_id, method: 'sandbox_approve' } })
    expect(paid.status(), await paid.text()).toBe(201)
    await api.dispose()
  }
}
