import { Loader } from '@mantine/core'
import { isProblem } from '@/api/problem'
import type { useIdempotentMutation } from '@/api/use-idempotent-mutation'
import { useMessages } from '@/i18n/messages'
import { retryMessages } from './retry-messages'
import styles from './retry-notice.module.css'

type Props = {
  mutation: Pick<ReturnType<typeof useIdempotentMutation>, 'isPending' | 'isOutcomeUnknown' | 'error'>
  of: 'placing' | 'paying' | 'cancelling' | 'refunding'
}

/** Shown while the outcome of a request is not known: that it is repeated, and what the user should do. */
export function RetryNotice({ mutation: { isPending, isOutcomeUnknown, error }, of }: Props) {
  const text = useMessages(retryMessages)
  if (!isOutcomeUnknown) return null
  const isCrowded = isProblem(error, 'busy', 'too_many_requests')
  const title = isPending ? (isCrowded ? text.crowded : text.asking) : text.gaveUp
  return (
    <div className={styles.notice} role="status">
      <p className={styles.title}>
        {isPending && <Loader size="xs" aria-hidden />}
        {title}
      </p>
      <p>
        {text.open[of]} {isPending ? text.wait[of] : text.again[of]}
      </p>
    </div>
  )
}
