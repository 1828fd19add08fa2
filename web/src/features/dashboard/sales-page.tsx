import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type CSSProperties, useState } from 'react'
import type { Concert } from '@/api/concerts'
import { type SalesBucket, type SalesReport, salesQuery } from '@/api/reports'
import { useConcertChanges } from '@/api/use-concert-changes'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ErrorMessage } from '@/kit/error-message'
import { LiveBadge } from '@/kit/live-badge'
import { usePageTitle } from '@/kit/page-title'
import { Skeleton } from '@/kit/skeleton'
import { useLayoutConcert } from './concert-layout'
import { dashboardMessages } from './messages'
import { OutcomesChart } from './outcomes-chart'
import { refetchNow } from './refetch-now'
import styles from './sales-page.module.css'
import { SectionsChart } from './sections-chart'
import { TimeChart } from './time-chart'

/** A sale younger than this is shown in hours. */
const YOUNG_MS = 2 * 86_400_000
/** The report is polled while refunds are pending, because there are no events for them. */
const REFUNDING_POLL_MS = 5_000

function usualBucket(concert: Concert): SalesBucket {
  return Date.now() - Date.parse(concert.sales_start_at) < YOUNG_MS ? 'hour' : 'day'
}

/** Whether refunds are pending or still to come: those of a cancelled concert are created one after another. */
function isRefunding({ status }: Concert, { pending_refunds, bookings }: SalesReport): boolean {
  return pending_refunds > 0 || (status === 'cancelled' && bookings.confirmed > 0)
}

/** The sales of a concert, kept current by its event stream. */
export function SalesPage() {
  const concert = useLayoutConcert()
  const text = useMessages(dashboardMessages).sales
  const queryClient = useQueryClient()
  const [bucket, setBucket] = useState(() => usualBucket(concert))
  const { data, error, refetch } = useQuery({
    ...salesQuery(concert.id, bucket),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isRefunding(concert, state.data) && REFUNDING_POLL_MS,
  })
  const isPublic = concert.status !== 'draft'
  const live = useConcertChanges(concert.id, isPublic, () => refetchNow(queryClient, ['sales', concert.id]))
  usePageTitle(`${text.title} · ${concert.name}`)
  if (!data)
    return error ? (
      <ErrorMessage error={error} retry={() => void refetch()} />
    ) : (
      <Skeleton lines={4} height="7rem" />
    )
  return (
    <div className={styles.page}>
      {concert.status === 'draft' ? (
        <p className={styles.draft}>{text.draft}</p>
      ) : (
        <div className={styles.live}>
          <LiveBadge state={live} />
        </div>
      )}
      {error && <ErrorMessage error={error} retry={() => void refetch()} />}
      <Figures report={data} />
      <MoneyFigures report={data} />
      {concert.status === 'cancelled' && data.bookings.confirmed > 0 && (
        <p className={styles.draft} role="status">
          {text.stillRefunding(data.bookings.confirmed)}
        </p>
      )}
      <TimeChart report={data} bucket={bucket} onBucket={setBucket} />
      <div className={styles.pair}>
        <SectionsChart report={data} />
        <OutcomesChart bookings={data.bookings} />
      </div>
    </div>
  )
}

/** The key figures. */
function Figures({ report: { tickets } }: { report: SalesReport }) {
  const text = useMessages(dashboardMessages).sales
  const formats = useFormats()
  const share = tickets.total === 0 ? 0 : tickets.sold / tickets.total
  return (
    <dl className={styles.figures}>
      <div data-first>
        <dt>{text.sold}</dt>
        <dd>{formats.number(tickets.sold)}</dd>
        <dd>{text.ofAll(formats.number(tickets.total), formats.percent(share))}</dd>
      </div>
      <div>
        <dt>{text.held}</dt>
        <dd>{formats.number(tickets.held)}</dd>
        <dd>{text.heldHint}</dd>
      </div>
      <div>
        <dt>{text.available}</dt>
        <dd>{formats.number(tickets.available)}</dd>
        <dd>{text.blockedCount(tickets.blocked)}</dd>
      </div>
    </dl>
  )
}

/** Net, gross, refunded and pending amounts; gross is the sum of the others. */
function MoneyFigures({ report }: { report: SalesReport }) {
  const text = useMessages(dashboardMessages).sales
  const { gross, refunded, pending_refunds: pending, net, currency } = report
  const money = useFormats().moneyFormatter([gross, refunded, pending, net], currency)
  const figures = [
    { name: text.net, amount: net, hint: text.netHint },
    { name: text.gross, amount: gross, hint: text.grossHint },
    { name: text.refunded, amount: refunded, hint: text.refundedHint },
    { name: text.pending, amount: pending, hint: text.pendingHint },
  ]
  return (
    <dl className={styles.figures} aria-label={text.money}>
      {figures.map(({ name, amount, hint }, index) => (
        <div key={name} data-first={index === 0 || undefined} data-money>
          <dt>{name}</dt>
          <dd style={lengthOf(money(amount))}>{money(amount)}</dd>
          <dd>{hint}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Long amounts get a smaller font, so that they fit on one line. */
function lengthOf(text: string): CSSProperties {
  return { '--letters': text.length } as CSSProperties
}
