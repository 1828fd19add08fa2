import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { availabilityQuery, type Concert, concertQuery } from '@/api/concerts'
import { isMissing } from '@/api/problem'
import { useLive } from '@/api/use-live'
import { isOwnTime, useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Artwork } from '@/kit/artwork'
import { Loading } from '@/kit/loading'
import { Notice } from '@/kit/notice'
import { usePageTitle } from '@/kit/page-title'
import { Trouble } from '@/kit/trouble'
import styles from './concert-page.module.css'
import { concertsMessages } from './messages'
import { Tickets } from './tickets'

export function ConcertPage() {
  const { id = '' } = useParams()
  const text = useMessages(concertsMessages).missing
  const concert = useQuery(concertQuery(id))
  if (concert.data) return <Details key={id} concert={concert.data} />
  if (isMissing(concert.error)) {
    return (
      <Notice title={text.title} text={text.text}>
        <Button component={Link} to="/">
          {text.all}
        </Button>
      </Notice>
    )
  }
  return concert.error ? <Trouble error={concert.error} retry={() => void concert.refetch()} /> : <Loading />
}

function Details({ concert }: { concert: Concert }) {
  const text = useMessages(concertsMessages)
  const formats = useFormats()
  const live = useLive(concert.id)
  const { data: availability } = useQuery(availabilityQuery(concert.id))
  usePageTitle(
    concert.name,
    [
      concert.artist,
      formats.day(concert.starts_at, concert.time_zone),
      `${concert.venue}, ${concert.location}`,
    ].join(' · '),
  )
  return (
    <article className={styles.page}>
      <header className={styles.hero}>
        <Artwork id={concert.id} name={concert.name} className={styles.artwork} />
        <div className={styles.shade}>
          <p className={styles.artist}>
            <bdi>{concert.artist}</bdi>
          </p>
          <h1 className={styles.name}>
            <bdi>{concert.name}</bdi>
          </h1>
        </div>
      </header>
      <div className={styles.columns}>
        <div className={styles.facts}>
          <Fact icon={CALENDAR}>
            <time dateTime={concert.starts_at}>
              <strong>{formats.day(concert.starts_at, concert.time_zone)}</strong>
              <br />
              {formats.time(concert.starts_at, concert.time_zone)}
            </time>
            {!isOwnTime(concert.starts_at, concert.time_zone) && (
              <span className={styles.soft}>{text.yourTime(formats.dayAndTime(concert.starts_at))}</span>
            )}
          </Fact>
          <Fact icon={PLACE}>
            <strong>
              <bdi>{concert.venue}</bdi>
            </strong>
            <br />
            <bdi>{concert.location}</bdi>
          </Fact>
        </div>
        <Tickets concert={concert} availability={availability} live={live} />
        <div className={styles.more}>
          {concert.description !== '' && (
            <section aria-labelledby="about" className={styles.about}>
              <h2 id="about">{text.about}</h2>
              <p>
                <bdi>{concert.description}</bdi>
              </p>
            </section>
          )}
          <p className={styles.soft}>
            {concert.refundable_until
              ? text.refundable(formats.dayAndTime(concert.refundable_until))
              : text.notRefundable}
          </p>
        </div>
      </div>
    </article>
  )
}

const CALENDAR = 'M5 6h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1Zm-1 5h16M8 3v5m8-5v5'
const PLACE =
  'M12 21s7-6.200 7-11.500a7 7 0 1 0-14 0C5 14.800 12 21 12 21Zm0-9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z'

function Fact({ icon, children }: { icon: string; children: React.ReactNode }) {
  return (
    <div className={styles.fact}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={icon} />
      </svg>
      <div>{children}</div>
    </div>
  )
}
