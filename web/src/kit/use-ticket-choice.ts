import { useSearchParams } from 'react-router'
import type { Concert, Section } from '@/api/concerts'
import { useUser } from '@/api/use-session'
import { categoriesFor } from './categories'
import { useSetParameter } from './use-set-parameter'

const DEFAULT_QUANTITY = 2
/** The most tickets of a booking for a concert without a limit. */
const QUANTITY_MAX = 100
const DEFAULT_CATEGORY = 'standard'

/**
 * The number of tickets and the price category. They are kept in the query of the URL, so they survive a log-in, a reload and the
 * link to the map.
 */
export function useTicketChoice(concert: Concert) {
  const [parameters] = useSearchParams()
  const max = concert.max_tickets_per_booking ?? QUANTITY_MAX
  const asked = Number(parameters.get('quantity') ?? DEFAULT_QUANTITY)
  const quantity = Number.isInteger(asked) ? Math.min(Math.max(asked, 1), max) : DEFAULT_QUANTITY
  const categories = categoriesFor(concert, useUser())
  const wanted = parameters.get('category') ?? DEFAULT_CATEGORY
  const category = categories.has(wanted) ? wanted : DEFAULT_CATEGORY

  const change = useSetParameter()
  const query = new URLSearchParams()
  if (category !== DEFAULT_CATEGORY) query.set('category', category)
  if (quantity !== DEFAULT_QUANTITY) query.set('quantity', String(quantity))
  return {
    quantity,
    max,
    category,
    /** The category of a booking request; the default is left out. */
    categoryParameter: category === DEFAULT_CATEGORY ? {} : { category },
    /** The price of a ticket in a section; `undefined` when the section is not sold in the chosen price category. */
    priceIn: ({ prices }: Pick<Section, 'prices'>) => prices.find(({ code }) => code === category)?.price,
    setQuantity: (count: number) =>
      change('quantity', count === DEFAULT_QUANTITY ? undefined : String(count)),
    setCategory: (code: string) => change('category', code === DEFAULT_CATEGORY ? undefined : code),
    /** The query string for links between the pages of the concert. */
    search: query.size > 0 ? `?${query}` : '',
  }
}

export type TicketChoice = ReturnType<typeof useTicketChoice>
