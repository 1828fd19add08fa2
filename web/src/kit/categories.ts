import type { Concert } from '@/api/concerts'
import type { User } from '@/api/session'

/**
 * The names of the price categories that a customer can choose, by code. Those for members of the organiser are left out
 * for fans. Of which organiser a manager is a member, the server knows.
 */
export function categoriesFor({ sections }: Concert, customer: User | undefined): Map<string, string> {
  const isFan = customer === undefined || customer.role === 'user'
  const offered = sections.flatMap(({ prices }) =>
    prices.filter(({ audience }) => !isFan || audience === 'anyone'),
  )
  return new Map(offered.map(({ code, name }) => [code, name]))
}
