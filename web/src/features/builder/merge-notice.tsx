import { Alert, Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useMessages } from '@/i18n/messages'
import styles from './builder.module.css'
import type { Difference } from './merge'
import { builderMessages } from './messages'

type Props = { differences: Difference[]; onTakeTheirs: (difference: Difference) => void }

/** Lists the differences of a merge. */
export function MergeNotice({ differences, onTakeTheirs }: Props) {
  const text = useMessages(builderMessages)
  const mergeText = text.edit.merge
  const notice = useRef<HTMLDivElement>(null)
  useEffect(() => notice.current?.focus(), [])
  const nameOf = ({ field }: Difference) =>
    'detail' in field ? text.details.fields[field.detail] : text.edit.priceOf(field.section, field.category)
  const shown = (value: string) => (value === '' ? mergeText.empty : value)
  return (
    <Alert ref={notice} tabIndex={-1} color="yellow" role="alert" title={mergeText.title}>
      <p>{mergeText.text}</p>
      <ul className={styles.differences}>
        {differences.map((difference) => (
          <li key={JSON.stringify(difference.field)}>
            <strong>{nameOf(difference)}</strong>{' '}
            <span>{mergeText[difference.kind](shown(difference.theirs), shown(difference.mine))}</span>
            {difference.kind === 'both' && (
              <Button
                variant="default"
                size="compact-sm"
                ml="xs"
                aria-label={mergeText.takeTheirsOf(nameOf(difference))}
                onClick={() => onTakeTheirs(difference)}
              >
                {mergeText.takeTheirs}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Alert>
  )
}
