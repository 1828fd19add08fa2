import { Loader } from '@mantine/core'
import { isProblem } from '@/api/problem'
import type { useOutcome } from '@/api/use-outcome'
import { useMessages } from '@/i18n/messages'
import styles from './unanswered.module.css'
import { unansweredMessages } from './unanswered-messages'

type Props = {
  outcome: Pick<ReturnType<typeof useOutcome>, 'isPending' | 'isUnknown' | 'error'>
  of: 'placing' | 'paying' | 'cancelling' | 'refunding'
}

/** While the outcome of something is not known: that it is asked for again, and what people should do; else nothing. */
export function Unanswered({ outcome: { isPending, isUnknown, error }, of }: Props) {
  const text = useMessages(unansweredMessages)
  if (!isUnknown) return null
  const isCrowded = isProblem(error, 'busy', 'too_many_requests')
  const title = isPending ? (isCrowded ? text.crowded : text.asking) : text.gaveUp
  return (
    <div className={styles.unanswered} role="status">
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
