import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { Link, Navigate, useParams, useSearchParams } from 'react-router'
import { availabilityQuery, type Concert, concertQuery } from '@/api/concerts'
import { useLiveAvailability } from '@/api/use-live-availability'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { CategoryField } from '@/kit/category-field'
import { ErrorMessage } from '@/kit/error-message'
import { LiveBadge } from '@/kit/live-badge'
import { Loading } from '@/kit/loading'
import { usePageTitle } from '@/kit/page-title'
import { useSaleStatus } from '@/kit/use-sale-status'
import { useSetParameter } from '@/kit/use-set-parameter'
import { useTicketChoice } from '@/kit/use-ticket-choice'
import { Legend } from './legend'
import { seatsMessages } from './messages'
import { SeatMap } from './seat-map'
import { type SeatMapModel, type SectionArea, seatAt } from './seat-map-model'
import { seatText } from './seat-text'
import styles from './seats-page.module.css'
import { SectionList } from './section-list'
import { SectionPanel } from './section-panel'
import { SelectionSummary } from './selection-summary'
import { useLiveSeats } from './use-live-seats'
import { useOwnSeats } from './use-own-seats'
import { useSelection } from './use-selection'

export function SeatsPage() {
  const { id = '' } = useParams()
  const concert = useQuery(concertQuery(id))
  if (concert.error && !concert.data) {
    return <ErrorMessage error={concert.error} retry={() => void concert.refetch()} />
  }
  if (!concert.data) return <Loading />
  return <WhileOnSale key={id} concert={concert.data} />
}

/** Leaves the page when the sale ends, unless a booking is being placed. */
function WhileOnSale({ concert }: { concert: Concert }) {
  const sale = useSaleStatus(concert)
  const [isAsking, setAsking] = useState(false)
  // The concert's page explains why.
  if (sale !== 'open' && sale !== 'few' && !isAsking)
    return <Navigate to={`/concerts/${concert.id}`} replace />
  return <ConcertSeatMap concert={concert} onAsking={setAsking} />
}

type ConcertSeatMapProps = { concert: Concert; onAsking: (isAsking: boolean) => void }

function ConcertSeatMap({ concert, onAsking }: ConcertSeatMapProps) {
  const text = useMessages(seatsMessages)
  const { seatMap, changeCount, live, error, retry } = useLiveSeats(concert)
  const choice = useTicketChoice(concert)
  usePageTitle(text.title(concert.name))
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <Link to={`/concerts/${concert.id}${choice.search}`}>← {text.back}</Link>
          <h1 className={styles.title}>
            <bdi>{concert.name}</bdi>
          </h1>
        </div>
        <LiveBadge state={live} />
      </header>
      {error && !seatMap ? <ErrorMessage error={error} retry={retry} /> : null}
      {!seatMap && !error && <Loading />}
      {seatMap && (
        <SeatSelection concert={concert} seatMap={seatMap} changeCount={changeCount} onAsking={onAsking} />
      )}
    </div>
  )
}

type SeatSelectionProps = ConcertSeatMapProps & { seatMap: SeatMapModel; changeCount: number }

function SeatSelection({ concert, seatMap, changeCount, onAsking }: SeatSelectionProps) {
  const text = useMessages(seatsMessages)
  const formats = useFormats()
  useLiveAvailability(concert.id)
  const [parameters] = useSearchParams()
  const { data: availability } = useQuery(availabilityQuery(concert.id))
  const available = useMemo(
    () => new Map(availability?.sections.map((section) => [section.code, section.available])),
    [availability],
  )
  const choice = useTicketChoice(concert)
  const { category, priceIn } = choice
  const open = seatMap.areas.find(({ code }) => code === parameters.get('section'))
  const setParameter = useSetParameter()

  const prices = formats.priceFormatter(
    seatMap.areas.flatMap((area) => area.prices.map(({ price }) => price)),
    concert.currency,
  )
  const priceOf = (area: SectionArea) => {
    const price = priceIn(area)
    return price === undefined ? '' : prices(price)
  }
  const isSold = (area: SectionArea) => priceIn(area) !== undefined
  const own = useOwnSeats(concert.id, seatMap, changeCount)
  const selection = useSelection({ concert, seatMap, changeCount, choice })
  const { isUnresolved: isAsking } = selection.placing
  useEffect(() => onAsking(isAsking), [isAsking, onAsking])
  const chooseSeat = (seat: number) => {
    const area = seatAt(seatMap, seat)?.area
    if ((area && isSold(area)) || selection.seats.has(seat)) selection.toggle(seat)
  }
  const [from, setFrom] = useState<string>()
  const openArea = (area: SectionArea | undefined) => {
    if (area) setFrom(area.code)
    setParameter('section', area?.code)
  }
  return (
    <div className={styles.columns}>
      <div className={styles.map}>
        <SeatMap
          seatMap={seatMap}
          changeCount={changeCount}
          open={open}
          chosen={selection.seats}
          own={own}
          available={available}
          isSold={isSold}
          priceOf={(area) => priceOf(area) || text.notSoldShort}
          onArea={openArea}
          onSeat={chooseSeat}
          describeSeat={(seat) => seatText(seatMap, seat, text, priceOf, own)}
        />
        <Legend seatMap={seatMap} hasOwn={own.size > 0} hasUnsold={!seatMap.areas.every(isSold)} />
      </div>
      <div className={styles.panel}>
        <CategoryField concert={concert} value={category} onChange={choice.setCategory} />
        {open ? (
          <SectionPanel
            key={open.code}
            seatMap={seatMap}
            area={open}
            selection={selection}
            choice={choice}
            own={own}
            left={available.get(open.code)}
            price={priceOf(open)}
            describeSeat={(seat) => seatText(seatMap, seat, text, priceOf, own)}
            onClose={() => openArea(undefined)}
          />
        ) : (
          <SectionList
            areas={seatMap.areas}
            available={available}
            priceOf={priceOf}
            from={from}
            onOpen={openArea}
          />
        )}
        <SelectionSummary seatMap={seatMap} selection={selection} priceText={prices} />
      </div>
    </div>
  )
}
