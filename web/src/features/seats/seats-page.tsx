import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { Link, Navigate, useParams, useSearchParams } from 'react-router'
import { availabilityQuery, type Concert, concertQuery } from '@/api/concerts'
import { useLive } from '@/api/use-live'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { CategoryField } from '@/kit/category-field'
import { LiveBadge } from '@/kit/live-badge'
import { Loading } from '@/kit/loading'
import { usePageTitle } from '@/kit/page-title'
import { Trouble } from '@/kit/trouble'
import { useSale } from '@/kit/use-sale'
import { useTicketChoice } from '@/kit/use-ticket-choice'
import { Legend } from './legend'
import { seatsMessages } from './messages'
import { type Area, type Plan, seatAt } from './plan'
import { SeatMap } from './seat-map'
import { seatText } from './seat-text'
import styles from './seats-page.module.css'
import { SectionList } from './section-list'
import { SectionPanel } from './section-panel'
import { Tray } from './tray'
import { useOwnSeats } from './use-own-seats'
import { useSeats } from './use-seats'
import { useSelection } from './use-selection'

export function SeatsPage() {
  const { id = '' } = useParams()
  const concert = useQuery(concertQuery(id))
  if (concert.error && !concert.data) {
    return <Trouble error={concert.error} retry={() => void concert.refetch()} />
  }
  if (!concert.data) return <Loading />
  return <WhileOnSale key={id} concert={concert.data} />
}

/** Seats can be chosen until the sale ends, before the eyes. What was asked for by then is still waited for. */
function WhileOnSale({ concert }: { concert: Concert }) {
  const sale = useSale(concert)
  const [isAsking, setAsking] = useState(false)
  // The concert's page says why there is nothing to choose.
  if (sale !== 'open' && sale !== 'few' && !isAsking)
    return <Navigate to={`/concerts/${concert.id}`} replace />
  return <House concert={concert} onAsking={setAsking} />
}

type HouseProps = { concert: Concert; onAsking: (isAsking: boolean) => void }

function House({ concert, onAsking }: HouseProps) {
  const text = useMessages(seatsMessages)
  const { plan, beat, live, error, retry } = useSeats(concert)
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
      {error && !plan ? <Trouble error={error} retry={retry} /> : null}
      {!plan && !error && <Loading />}
      {plan && <Choice concert={concert} plan={plan} beat={beat} onAsking={onAsking} />}
    </div>
  )
}

type ChoiceProps = HouseProps & { plan: Plan; beat: number }

function Choice({ concert, plan, beat, onAsking }: ChoiceProps) {
  const text = useMessages(seatsMessages)
  const formats = useFormats()
  useLive(concert.id)
  const [parameters, setParameters] = useSearchParams()
  const { data: availability } = useQuery(availabilityQuery(concert.id))
  const available = useMemo(
    () => new Map(availability?.sections.map((section) => [section.code, section.available])),
    [availability],
  )
  const choice = useTicketChoice(concert)
  const { category, priceIn } = choice
  const open = plan.areas.find(({ code }) => code === parameters.get('section'))
  const show = (name: string, value: string | undefined) =>
    setParameters(
      (before) => {
        if (value === undefined) before.delete(name)
        else before.set(name, value)
        return before
      },
      { replace: true, preventScrollReset: true },
    )

  const prices = formats.pricesAlike(
    plan.areas.flatMap((area) => area.prices.map(({ price }) => price)),
    concert.currency,
  )
  const priceOf = (area: Area) => {
    const price = priceIn(area)
    return price === undefined ? '' : prices(price)
  }
  const own = useOwnSeats(concert.id, plan, beat)
  const selection = useSelection({ concert, plan, beat, choice })
  const { isOpen: isAsking } = selection.placing
  useEffect(() => onAsking(isAsking), [isAsking, onAsking])
  const chooseSeat = (seat: number) => {
    const area = seatAt(plan, seat)?.area
    const isSold = area !== undefined && priceIn(area) !== undefined
    if (isSold || selection.seats.has(seat)) selection.toggle(seat)
  }
  const [from, setFrom] = useState<string>()
  const openArea = (area: Area | undefined) => {
    if (area) setFrom(area.code)
    show('section', area?.code)
  }
  return (
    <div className={styles.columns}>
      <div className={styles.map}>
        <SeatMap
          plan={plan}
          beat={beat}
          open={open}
          chosen={selection.seats}
          own={own}
          available={available}
          priceOf={priceOf}
          onArea={openArea}
          onSeat={chooseSeat}
          describeSeat={(seat) => seatText(plan, seat, text, priceOf, own)}
        />
        <Legend plan={plan} hasOwn={own.size > 0} />
      </div>
      <div className={styles.panel}>
        <CategoryField concert={concert} value={category} onChange={choice.setCategory} />
        {open ? (
          <SectionPanel
            key={open.code}
            plan={plan}
            area={open}
            selection={selection}
            choice={choice}
            own={own}
            left={available.get(open.code)}
            price={priceOf(open)}
            describeSeat={(seat) => seatText(plan, seat, text, priceOf, own)}
            onClose={() => openArea(undefined)}
          />
        ) : (
          <SectionList
            areas={plan.areas}
            available={available}
            priceOf={priceOf}
            from={from}
            onOpen={openArea}
          />
        )}
        <Tray plan={plan} selection={selection} priceText={prices} />
      </div>
    </div>
  )
}
