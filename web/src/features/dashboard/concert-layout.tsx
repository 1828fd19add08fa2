import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, NavLink, Outlet, useOutletContext, useParams } from 'react-router'
import { type Concert, managedConcertQuery } from '@/api/concerts'
import { isNotFound } from '@/api/problem'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Badge } from '@/kit/badge'
import { ErrorMessage } from '@/kit/error-message'
import { MessagePage } from '@/kit/message-page'
import { Skeleton } from '@/kit/skeleton'
import styles from './concert-layout.module.css'
import { CONCERT_TONES, concertStateOf } from './concert-state'
import { dashboardMessages } from './messages'
import { SaleActions } from './sale-actions'

/** The concert of the layout route. */
export function useLayoutConcert(): Concert {
  return useOutletContext<Concert>()
}

/** The layout of a concert's management pages: name, status, actions and tabs. */
export function ConcertLayout() {
  const { id = '' } = useParams()
  const text = useMessages(dashboardMessages).frame
  const { data, error, refetch } = useQuery(managedConcertQuery(id))
  if (data) return <LayoutWithConcert concert={data} />
  if (isNotFound(error)) {
    return (
      <MessagePage title={text.missing} text={text.missingText}>
        <Button component={Link} to="/manage">
          {text.all}
        </Button>
      </MessagePage>
    )
  }
  return error ? (
    <ErrorMessage error={error} retry={() => void refetch()} />
  ) : (
    <Skeleton lines={6} height="3.5rem" />
  )
}

function LayoutWithConcert({ concert }: { concert: Concert }) {
  const messages = useMessages(dashboardMessages)
  const text = messages.frame
  const formats = useFormats()
  const [now] = useState(Date.now)
  const state = concertStateOf(concert, now)
  const starts = `${formats.day(concert.starts_at, concert.time_zone)}, ${formats.time(concert.starts_at, concert.time_zone)}`
  return (
    <>
      <header className={styles.head}>
        <Link to="/manage" className={styles.up}>
          ← {text.all}
        </Link>
        <div className={styles.line}>
          <h1>
            <bdi>{concert.name}</bdi>
          </h1>
          <Badge tone={CONCERT_TONES[state]}>{messages.states[state]}</Badge>
        </div>
        <p className={styles.facts}>
          {starts} · <bdi>{concert.venue}</bdi>, <bdi>{concert.location}</bdi>
        </p>
        <SaleActions concert={concert} />
      </header>
      <nav className={styles.tabs} aria-label={text.pages}>
        <NavLink to={`/manage/${concert.id}`} end>
          {text.sales}
        </NavLink>
        <NavLink to={`/manage/${concert.id}/bookings`}>{text.bookings}</NavLink>
        <NavLink to={`/manage/${concert.id}/seats`}>{text.seats}</NavLink>
        <NavLink to={`/manage/${concert.id}/details`}>{text.details}</NavLink>
      </nav>
      <Outlet context={concert} />
    </>
  )
}
