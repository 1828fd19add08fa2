import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link, useParams } from 'react-router'
import { availabilityQuery, type Concert, concertQuery, managedConcertQuery } from '@/api/concerts'
import { managedAvailabilityQuery } from '@/api/organiser'
import { isNotFound } from '@/api/problem'
import { serverNow } from '@/api/server-time'
import { useLiveAvailability } from '@/api/use-live-availability'
import { useSession } from '@/api/use-session'
import { isOwnTime, useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Artwork } from '@/kit/artwork'
import { ErrorMessage } from '@/kit/error-message'
import { Loading } from '@/kit/loading'
import { MessagePage } from '@/kit/message-page'
import { usePageTitle } from '@/kit/page-title'
import styles from './concert-page.module.css'
import { concertsMessages } from './messages'
import { SectionList } from './section-list'
import { Tickets } from './tickets'

export function ConcertPage() {
  const { id = '' } = useParams()
  const text = useMessages(concertsMessages).missing
  const concert = useQuery(concertQuery(id))
  const isHidden = isNotFound(concert.error)
  // Drafts are visible to members of their organiser only.
  const session = useSession()
  const isFan =
    session.status === 'anonymous' || (session.status === 'authenticated' && session.user.role === 'user')
  const draft = useQuery({
    ...managedConcertQuery(id),
    enabled: isHidden && session.status === 'authenticated' && !isFan,
  })
  if (concert.data) return <PublishedConcert key={id} concert={concert.data} />
  if (draft.data) return <DraftPreview key={id} concert={draft.data} />
  if (isHidden && !isFan && !draft.error) return <Loading />
  if (isHidden) {
    return (
      <MessagePage title={text.title} text={text.text}>
        <Button component={Link} to="/">
          {text.all}
        </Button>
      </MessagePage>
    )
  }
  return concert.error ? (
    <ErrorMessage error={concert.error} retry={() => void concert.refetch()} />
  ) : (
    <Loading />
  )
}

function PublishedConcert({ concert }: { concert: Concert }) {
  const live = useLiveAvailability(concert.id)
  const { data: availability } = useQuery(availabilityQuery(concert.id))
  return <ConcertDetails concert={concert} tickets={<Tickets {...{ concert, availability, live }} />} />
}

/** A draft as it will look once published. Nothing can be bought. */
function DraftPreview({ concert }: { concert: Concert }) {
  const text = useMessages(concertsMessages).preview
  const formats = useFormats()
  const { data: availability } = useQuery(managedAvailabilityQuery(concert.id))
  const isLater = serverNow() < Date.parse(concert.sales_start_at)
  const saleText = isLater ? text.later(formats.moment(concert.sales_start_at)) : text.atOnce
  return (
    <>
      <p className={styles.preview} role="status">
        <strong>{text.title}</strong> {text.text} <Link to={`/manage/${concert.id}`}>{text.back}</Link>
      </p>
      <ConcertDetails
        concert={concert}
        tickets={
          <section className={styles.previewTickets} aria-label={text.tickets}>
            <p>{saleText}</p>
            <SectionList
              concert={concert}
              availability={availability}
              category="standard"
              quantity={1}
              isOpen={false}
              placing={undefined}
              onTake={() => undefined}
            />
          </section>
        }
      />
    </>
  )
}

function ConcertDetails({ concert, tickets }: { concert: Concert; tickets: ReactNode }) {
  const text = useMessages(concertsMessages)
  const formats = useFormats()
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
        {tickets}
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
            <ReturnPolicy concert={concert} />
          </p>
        </div>
      </div>
    </article>
  )
}

/**
 * The refund policy. Free tickets can be cancelled until the concert begins, unless the organiser sets another time.
 */
function ReturnPolicy({ concert: { sections, starts_at, refundable_until } }: { concert: Concert }) {
  const text = useMessages(concertsMessages)
  const formats = useFormats()
  const isFree = sections.every(({ prices }) => prices.every(({ price }) => price === 0))
  if (isFree) return text.freeUntil(formats.moment(refundable_until ?? starts_at))
  return refundable_until ? text.refundable(formats.moment(refundable_until)) : text.notRefundable
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
