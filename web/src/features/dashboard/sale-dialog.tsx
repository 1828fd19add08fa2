import type { Concert } from '@/api/concerts'
import { serverNow } from '@/api/server-time'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ConfirmDialog } from '@/kit/confirm-dialog'
import { dashboardMessages } from './messages'

/** The changes of a sale. */
export type SaleChange = 'publish' | 'pause' | 'goOn'

type Props = {
  concert: Concert
  change: SaleChange
  isPending: boolean
  refusal: string | undefined
  onConfirm: () => void
  onClose: () => void
}

/** Confirms a change of the sale, and says what customers will see. */
export function SaleDialog({ concert, change, ...dialog }: Props) {
  const text = useMessages(dashboardMessages).asking
  const title = change === 'publish' ? text.publish.title(concert.name) : text[change].title
  return (
    <ConfirmDialog title={title} confirm={text[change].confirm} {...dialog}>
      {change === 'publish' ? <Publishing concert={concert} /> : <p>{text[change].text}</p>}
    </ConfirmDialog>
  )
}

function Publishing({ concert }: { concert: Concert }) {
  const text = useMessages(dashboardMessages).asking.publish
  const formats = useFormats()
  const now = serverNow()
  const begins = Date.parse(concert.sales_start_at)
  const when = formats.moment(concert.sales_start_at, concert.time_zone)
  const openNow = now < Date.parse(concert.sales_end_at) ? text.now : text.over
  return (
    <>
      <p>{now < begins ? text.later(when) : openNow}</p>
      <p>{text.fixed}</p>
    </>
  )
}
