import { Button, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Booking, type Payment, pricesOf } from '@/api/bookings'
import { invalidateBooking, refundPayment } from '@/api/organiser'
import { isProblem } from '@/api/problem'
import { useIdempotentMutation } from '@/api/use-idempotent-mutation'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { formatAmountInput, parseAmount } from '@/i18n/money'
import { Badge } from '@/kit/badge'
import { problemText } from '@/kit/problem-text'
import { RetryNotice } from '@/kit/retry-notice'
import styles from './booking-page.module.css'
import { dashboardMessages } from './messages'

type Props = { payment: Payment; booking: Booking; onAnnounce: (announcement: string) => void }

const TONES = {
  pending: 'warn',
  completed: 'good',
  failed: 'bad',
  partially_refunded: 'warn',
  refunded: 'calm',
} as const

/** The payment of a booking, and a form for partial refunds. */
export function PaymentCard({ payment, booking, onAnnounce }: Props) {
  const messages = useMessages(dashboardMessages)
  const text = messages.payment
  const formats = useFormats()
  const [isRefunding, setRefunding] = useState(false)
  const left = payment.amount - payment.refunded
  const money = formats.moneyFormatter(
    [...pricesOf(booking), payment.amount, payment.refunded],
    payment.currency,
  )
  const canRefund =
    booking.status === 'confirmed' && ['completed', 'partially_refunded'].includes(payment.status) && left > 0
  return (
    <section className={styles.card} aria-labelledby="payment">
      <div className={styles.head}>
        <h3 id="payment">{text.title}</h3>
        <Badge tone={TONES[payment.status]}>{text.statuses[payment.status]}</Badge>
      </div>
      <dl className={styles.facts}>
        <dt>{text.amount}</dt>
        <dd>{money(payment.amount)}</dd>
        {payment.refunded > 0 && (
          <>
            <dt>{text.refunded}</dt>
            <dd>{money(payment.refunded)}</dd>
          </>
        )}
        <dt>{text.gateway}</dt>
        <dd>
          {payment.gateway}
          {payment.transaction_id && ` · ${payment.transaction_id}`}
        </dd>
      </dl>
      {canRefund && !isRefunding && (
        <div>
          <Button variant="default" onClick={() => setRefunding(true)}>
            {text.refundSome}
          </Button>
        </div>
      )}
      {canRefund && isRefunding && (
        <RefundForm
          payment={payment}
          booking={booking}
          onClose={() => setRefunding(false)}
          onRefunded={(amount) => {
            setRefunding(false)
            onAnnounce(text.onItsWay(formats.money(amount, payment.currency)))
          }}
        />
      )}
    </section>
  )
}

type FormProps = {
  payment: Payment
  booking: Booking
  onClose: () => void
  onRefunded: (amount: number) => void
}

/** The longest reason that the server accepts. */
const REASON_MAX = 200

function RefundForm({ payment, booking, onClose, onRefunded }: FormProps) {
  const text = useMessages(dashboardMessages).payment
  const formats = useFormats()
  const queryClient = useQueryClient()
  const [fields, setFields] = useState({ amount: '', reason: '' })
  const [wasTried, setTried] = useState(false)
  const read = parseAmount(fields.amount, payment.currency)
  const amount = read.kind === 'amount' ? read.minor : undefined
  const reason = fields.reason.trim()
  const changed = () => invalidateBooking(queryClient, booking.concert_id, booking.id)
  const refunding = useIdempotentMutation({
    scope: `refund:${payment.id}`,
    send: (body: { amount: number; reason: string }, key, signal) =>
      refundPayment(payment.id, body, key, signal),
    onSuccess: (refund) => {
      changed()
      onRefunded(refund.amount)
    },
    onError: changed,
  })
  const { isPending, isOutcomeUnknown, error } = refunding
  // Pending refunds are not in the payment, so the server's `left` is used.
  const isTooMuch = isProblem(error, 'amount_exceeds_left', 'all_that_is_left')
  const left = (isTooMuch ? error.problem.left : undefined) ?? payment.amount - payment.refunded
  // A partial refund must leave a part of the payment.
  const most = Math.max(left - 1, 0)
  const isAmountFine = amount !== undefined && amount > 0 && amount <= most
  const refusalText = (refusal: unknown) => {
    // Another refund was made first, or one is pending.
    if (isTooMuch) return text.amountRule(formats.money(most, payment.currency))
    return isProblem(refusal, 'not_refundable') ? text.notRefundable : problemText(refusal)
  }
  const amountFault = () => {
    if (!wasTried || isAmountFine) return undefined
    if (read.kind !== 'ambiguous') return text.amountRule(formats.money(most, payment.currency))
    const [larger, smaller] = read.minors.map((minor) => formatAmountInput(minor, payment.currency))
    return text.ambiguousAmount(larger ?? '', smaller ?? '')
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (isAmountFine && reason !== '') refunding.mutate({ amount, reason })
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate aria-label={text.refundSome}>
      <p className={styles.hint}>{text.someHint}</p>
      <TextInput
        label={text.howMuch(payment.currency)}
        description={text.atMost(formats.money(most, payment.currency))}
        inputMode="decimal"
        autoComplete="off"
        value={fields.amount}
        error={amountFault()}
        onChange={({ currentTarget }) => setFields({ ...fields, amount: currentTarget.value })}
      />
      <TextInput
        label={text.why}
        maxLength={REASON_MAX}
        value={fields.reason}
        error={wasTried && reason === '' && text.whyRule}
        onChange={({ currentTarget }) => setFields({ ...fields, reason: currentTarget.value })}
      />
      <RetryNotice mutation={refunding} of="refunding" />
      {Boolean(error) && !isOutcomeUnknown && (
        <p className={styles.refusal} role="alert">
          {refusalText(error)}
        </p>
      )}
      <div className={styles.head}>
        <Button type="submit" loading={isPending}>
          {isAmountFine ? text.refundAmount(formats.money(amount, payment.currency)) : text.refund}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          {text.close}
        </Button>
      </div>
    </form>
  )
}
