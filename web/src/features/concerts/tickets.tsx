import { Button } from '@mantine/core'
import { useRef } from 'react'
import { Link } from 'react-router'
import type { PlaceBooking } from '@/api/bookings'
import type { Availability, Concert } from '@/api/concerts'
import type { LiveState } from '@/api/live'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { CategoryField } from '@/kit/category-field'
import { Countdown } from '@/kit/countdown'
import { LiveBadge } from '@/kit/live-badge'
import { PlaceBookingStatus } from '@/kit/place-booking-status'
import { QuantityField } from '@/kit/quantity-field'
import type { SaleStatus } from '@/kit/sale-status'
import { usePlaceBooking } from '@/kit/use-place-booking'
import { useRestoreFocus } from '@/kit/use-restore-focus'
import { useSaleStatus } from '@/kit/use-sale-status'
import { useTicketChoice } from '@/kit/use-ticket-choice'
import { concertsMessages } from './messages'
import { SectionList } from './section-list'
import styles from './tickets.module.css'

type Props = { concert: Concert; availability: Availability | undefined; live: LiveState }

/** The tickets on sale. */
export function Tickets({ concert, availability, live }: Props) {
  const text = useMessages(concertsMessages)
  const choice = useTicketChoice(concert)
  const { quantity, category } = choice
  const placing = usePlaceBooking(concert, choice)
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that accepted a new price is removed.
  useRestoreFocus(heading, placing.isPending)
  const sale = useSaleStatus({ ...concert, ...(availability && { available: availability.available }) })
  const isOpen = sale === 'open' || sale === 'few'

  const hasSeats = concert.sections.some(({ kind }) => kind === 'seated')
  return (
    <section className={styles.tickets} aria-labelledby="tickets">
      <div className={styles.head}>
        <h2 id="tickets" ref={heading} tabIndex={-1}>
          {text.tickets}
        </h2>
        <LiveBadge state={live} />
      </div>
      <SaleClosedNotice sale={sale} concert={concert} />
      {isOpen && (
        <>
          <Button component={Link} to={`seats${choice.search}`} size="lg" fullWidth>
            {hasSeats ? text.chooseSeats : text.choosePlaces}
          </Button>
          <div className={styles.choice}>
            <QuantityField
              label={text.howMany}
              value={quantity}
              max={choice.max}
              onChange={choice.setQuantity}
            />
            <CategoryField concert={concert} value={category} onChange={choice.setCategory} />
          </div>
          <p className={styles.hint}>{text.bestHint}</p>
        </>
      )}
      <PlaceBookingStatus placing={placing} />
      <SectionList
        concert={concert}
        availability={availability}
        category={category}
        quantity={quantity}
        isOpen={isOpen}
        placing={placing.isPending ? sectionOf(placing.variables) : undefined}
        onTake={({ code, prices }) => placing.placeBest(code, prices)}
      />
    </section>
  )
}

function SaleClosedNotice({ sale, concert }: { sale: SaleStatus; concert: Concert }) {
  const text = useMessages(concertsMessages).state
  const formats = useFormats()
  if (sale === 'open' || sale === 'few') return null
  const lines = {
    soon: [text.soonTitle, text.soonText(formats.moment(concert.sales_start_at))],
    sold_out: [text.soldOutTitle, text.soldOutText],
    over: [text.overTitle, text.overText],
    paused: [text.pausedTitle, text.pausedText],
    cancelled: [text.cancelledTitle, text.cancelledText],
  }[sale]
  return (
    <div className={styles.state} data-sale={sale} role="status">
      <p className={styles.stateTitle}>{lines[0]}</p>
      {sale === 'soon' && (
        <p className={styles.countdown}>
          <Countdown kind="begin" until={concert.sales_start_at} />
        </p>
      )}
      <p>{lines[1]}</p>
    </div>
  )
}

function sectionOf(request: PlaceBooking | undefined): string | undefined {
  return request && 'section' in request ? request.section : undefined
}
