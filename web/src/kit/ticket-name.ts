import type { Section } from '@/api/concerts'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'

type ConcertSections = { sections: Pick<Section, 'code' | 'kind'>[] } | undefined

/** The number in the label of a standing ticket, such as `GA-000289`. */
const STANDING_NUMBER = /-0*(\d+)$/

/** The display name of a ticket: the seat's label, or the number of a standing ticket. */
export function useTicketName(concert: ConcertSections): (label: string, section: string) => string {
  const text = useMessages(kitMessages)
  const standing = new Set(
    concert?.sections.filter(({ kind }) => kind === 'standing').map(({ code }) => code),
  )
  return (label, section) => {
    const number = STANDING_NUMBER.exec(label)?.[1]
    return standing.has(section) && number !== undefined ? text.standingTicket(number) : label
  }
}
