import type { Concert } from '@/api/concerts'
import type { User } from '@/api/session'

/**
 * The names of the price categories that a customer can choose, by code. Categories for members are hidden from
 * customers; the server checks the membership of managers.
 */
export function categoriesFor({ sections }: Concert, customer: User | undefined): Map<string, string> {
  const isFan = customer === undefined || customer.role === 'user'
  const offered = sections.flatMap(({ prices }) =>
    prices.filter(({ audience }) => !isFan || audience === 'anyone'),
  )
  return new Map(offered.map(({ code, name }) => [code, name]))
}
