import type { Section } from '@/api/concerts'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'

type ConcertSections = { sections: Pick<Section, 'code' | 'kind'>[] } | undefined

/** The number in the label of a ticket to stand, such as `GA-000289`. */
const STANDING_NUMBER = /-0*(\d+)$/

/** Names tickets for people: by the label of the seat, and where people stand by the number alone. */
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
