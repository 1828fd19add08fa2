import { useState } from 'react'
import { Link } from 'react-router'
import type { ConcertSummary } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Badge } from '@/kit/badge'
import { TableFrame } from '@/kit/table-frame'
import { CONCERT_TONES, concertStateOf } from './concert-state'
import { dashboardMessages } from './messages'
import styles from './my-concerts-page.module.css'

/** The organiser's concerts with status and availability. */
export function ConcertsTable({ concerts, isStale }: { concerts: ConcertSummary[]; isStale: boolean }) {
  const messages = useMessages(dashboardMessages)
  const text = messages.mine
  const formats = useFormats()
  const [now] = useState(Date.now)
  return (
    <TableFrame label={text.title} isStale={isStale} hasCards>
      <thead>
        <tr>
          <th scope="col">{text.columns.concert}</th>
          <th scope="col">{text.columns.starts}</th>
          <th scope="col">{text.columns.state}</th>
          <th scope="col">{text.columns.left}</th>
          <th scope="col" data-number>
            {text.columns.priceFrom}
          </th>
        </tr>
      </thead>
      <tbody>
        {concerts.map((concert) => {
          const state = concertStateOf(concert, now)
          return (
            <tr key={concert.id} className={styles.row}>
              <th scope="row">
                <Link to={`/manage/${concert.id}`}>
                  <bdi>{concert.name}</bdi>
                </Link>
                <span className={styles.soft}>
                  <bdi>{concert.artist}</bdi>
                </span>
              </th>
              <td className={styles.when} data-label={text.columns.starts}>
                <span>{formats.dayAndTime(concert.starts_at, concert.time_zone)}</span>
                <span className={styles.soft}>
                  <bdi>{concert.venue}</bdi>, <bdi>{concert.location}</bdi>
                </span>
              </td>
              <td data-label={text.columns.state}>
                <Badge tone={CONCERT_TONES[state]}>{messages.states[state]}</Badge>
              </td>
              <td className={styles.left} data-label={text.columns.left}>
                <span>{text.leftOf(formats.number(concert.available), formats.number(concert.total))}</span>
                <span
                  className={styles.meter}
                  style={{ '--left': concert.available / Math.max(1, concert.total) } as React.CSSProperties}
                  aria-hidden
                />
              </td>
              <td data-number data-label={text.columns.priceFrom}>
                {concert.price_from == null ? '–' : formats.price(concert.price_from, concert.currency)}
              </td>
            </tr>
          )
        })}
      </tbody>
    </TableFrame>
  )
}
