import { Button } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import type { Availability, Concert } from '@/api/concerts'
import type { LiveState } from '@/api/live'
import { serverNow } from '@/api/server-time'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Countdown } from '@/kit/countdown'
import { LiveBadge } from '@/kit/live-badge'
import { placingText } from '@/kit/placing-text'
import { QuantityField } from '@/kit/quantity-field'
import { type Sale, saleOf } from '@/kit/sale'
import { usePlaceBooking } from '@/kit/use-place-booking'
import { concertsMessages } from './messages'
import { SectionList } from './section-list'
import styles from './tickets.module.css'

type Props = { concert: Concert; availability: Availability | undefined; live: LiveState }

const USUAL_QUANTITY = 2
/** The most that one booking may have when the concert says nothing. */
const QUANTITY_MAX = 100

/** What can be bought, right now. */
export function Tickets({ concert, availability, live }: Props) {
  const text = useMessages(concertsMessages)
  // Looking again when the sale begins or ends.
  const [now, setNow] = useState(serverNow)
  const [quantity, setQuantity] = useState(USUAL_QUANTITY)
  const [category, setCategory] = useState('standard')
  const { place, isPending, variables, error } = usePlaceBooking()
  const sale = saleOf({ ...concert, ...(availability && { available: availability.available }) }, now)
  const isOpen = sale === 'open' || sale === 'few'

  const categories = new Map(
    concert.sections.flatMap(({ prices }) => prices.map(({ code, name }) => [code, name])),
  )
  const hasSeats = concert.sections.some(({ kind }) => kind === 'seated')
  return (
    <section className={styles.tickets} aria-labelledby="tickets">
      <div className={styles.head}>
        <h2 id="tickets">{text.tickets}</h2>
        <LiveBadge state={live} />
      </div>
      <SaleState sale={sale} concert={concert} onBegin={() => setNow(serverNow())} />
      {isOpen && (
        <>
          <Button component={Link} to="seats" size="lg" fullWidth>
            {hasSeats ? text.chooseSeats : text.choosePlaces}
          </Button>
          <div className={styles.wish}>
            <QuantityField
              label={text.howMany}
              value={quantity}
              max={concert.max_tickets_per_booking ?? QUANTITY_MAX}
              onChange={setQuantity}
            />
            {categories.size > 1 && (
              <label className={styles.category}>
                {text.category}
                <select value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
                  {[...categories].map(([code, name]) => (
                    <option key={code} value={code}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </div>
          <p className={styles.hint}>{text.bestHint}</p>
          {error && (
            <p className={styles.refusal} role="alert">
              {placingText(error)}
            </p>
          )}
        </>
      )}
      <SectionList
        concert={concert}
        availability={availability}
        category={category}
        quantity={quantity}
        isOpen={isOpen}
        placing={isPending ? variables.wish.section : undefined}
        onTake={(section) =>
          place({ concert_id: concert.id, section, quantity, ...(category !== 'standard' && { category }) })
        }
      />
    </section>
  )
}

/** Why nothing can be bought, when nothing can. */
function SaleState({ sale, concert, onBegin }: { sale: Sale; concert: Concert; onBegin: () => void }) {
  const text = useMessages(concertsMessages).state
  const formats = useFormats()
  if (sale === 'open' || sale === 'few') return null
  const said = {
    soon: [text.soonTitle, text.soonText(formats.dayAndTime(concert.sales_start_at))],
    sold_out: [text.soldOutTitle, text.soldOutText],
    over: [text.overTitle, text.overText],
    paused: [text.pausedTitle, text.pausedText],
    cancelled: [text.cancelledTitle, text.cancelledText],
  }[sale]
  return (
    <div className={styles.state} data-sale={sale} role="status">
      <p className={styles.stateTitle}>{said[0]}</p>
      {sale === 'soon' && (
        <p className={styles.countdown}>
          <Countdown until={concert.sales_start_at} onEnd={onBegin} />
        </p>
      )}
      <p>{said[1]}</p>
    </div>
  )
}
