import { type Booking, pricesOf } from '@/api/bookings'
import type { Concert, Section } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Artwork } from './artwork'
import { kitMessages } from './messages'
import styles from './order-summary.module.css'
import { useTicketName } from './ticket-name'

type Props = { booking: Booking; concert: Concert | undefined }

/** A booking in the shape of a ticket: concert, time, venue, seats and prices. */
export function OrderSummary({ booking, concert }: Props) {
  const text = useMessages(kitMessages).order
  const formats = useFormats()
  const ticketName = useTicketName(concert)
  const sections = new Map(concert?.sections.map((section) => [section.code, section]))
  const price = formats.priceFormatter(pricesOf(booking), booking.currency)
  return (
    <section className={styles.order} aria-label={text.label}>
      {concert && (
        <>
          <Artwork id={concert.id} name={concert.name} className={styles.artwork} />
          <div className={styles.concert}>
            <h2>
              <bdi>{concert.name}</bdi>
            </h2>
            <p className={styles.artist}>
              <bdi>{concert.artist}</bdi>
            </p>
            <p className={styles.soft}>
              {formats.day(concert.starts_at, concert.time_zone)},{' '}
              {formats.time(concert.starts_at, concert.time_zone)}
              <br />
              <bdi>{concert.venue}</bdi>, <bdi>{concert.location}</bdi>
            </p>
          </div>
        </>
      )}
      <ul className={styles.tickets}>
        {booking.tickets.map(({ seat, section, category, price: minor }) => (
          <li key={seat}>
            <span>
              <strong>{ticketName(seat, section)}</strong>
              <small>
                <bdi>{sections.get(section)?.name ?? section}</bdi>
                {category !== 'standard' && (
                  <>
                    , <bdi>{nameOfCategory(sections.get(section), category)}</bdi>
                  </>
                )}
              </small>
            </span>
            <span>{price(minor)}</span>
          </li>
        ))}
      </ul>
      <p className={styles.total}>
        {text.total} <strong>{price(booking.total)}</strong>
      </p>
      <p className={styles.reference}>
        {text.reference} <strong>{booking.reference}</strong>
      </p>
    </section>
  )
}

function nameOfCategory(section: Section | undefined, category: string): string {
  return section?.prices.find(({ code }) => code === category)?.name ?? category
}
