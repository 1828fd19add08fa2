import { Link } from 'react-router'
import type { ConcertSummary } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Artwork } from '@/kit/artwork'
import { useSaleStatus } from '@/kit/use-sale-status'
import styles from './concert-card.module.css'
import { concertsMessages } from './messages'

type Props = { concert: ConcertSummary; isLarge: boolean }

export function ConcertCard({ concert, isLarge }: Props) {
  const text = useMessages(concertsMessages)
  const formats = useFormats()
  const date = formats.calendarDate(concert.starts_at, concert.time_zone)
  const sale = useSaleStatus(concert)
  const isClosed = sale === 'sold_out' || sale === 'over' || sale === 'cancelled'
  return (
    <article className={styles.card} data-large={isLarge || undefined} data-closed={isClosed || undefined}>
      <div className={styles.picture}>
        <Artwork id={concert.id} name={concert.name} className={styles.artwork} />
        <time className={styles.date} dateTime={concert.starts_at}>
          <span>{date.weekday}</span>
          <b>{date.day}</b>
          <span>{date.month}</span>
        </time>
      </div>
      <div className={styles.words}>
        <h2 className={styles.name}>
          <Link to={`/concerts/${concert.id}`}>
            <bdi>{concert.name}</bdi>
          </Link>
        </h2>
        <p className={styles.artist}>
          <bdi>{concert.artist}</bdi>
        </p>
        <p className={styles.place}>
          <bdi>{concert.venue}</bdi>, <bdi>{concert.location}</bdi>
          <br />
          {formats.time(concert.starts_at, concert.time_zone)}
        </p>
        <p className={styles.foot}>
          {typeof concert.price_from === 'number' && (
            <span className={styles.price}>
              {concert.price_from === 0
                ? text.free
                : text.from(formats.money(concert.price_from, concert.currency))}
            </span>
          )}
          {sale === 'soon' && (
            <span className={styles.badge}>{text.sale.soon(formats.dayAndTime(concert.sales_start_at))}</span>
          )}
          {sale !== 'soon' && sale !== 'open' && (
            <span className={styles.badge} data-sale={sale}>
              {text.sale[sale]}
            </span>
          )}
        </p>
        {isLarge && !isClosed && (
          <span className={styles.go} aria-hidden>
            {text.seeTickets}
          </span>
        )}
      </div>
    </article>
  )
}
