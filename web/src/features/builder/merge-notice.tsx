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
  const said = text.edit.merge
  const notice = useRef<HTMLDivElement>(null)
  useEffect(() => notice.current?.focus(), [])
  const nameOf = ({ field }: Difference) =>
    'detail' in field ? text.details.fields[field.detail] : text.edit.priceOf(field.section, field.category)
  const shown = (value: string) => (value === '' ? said.empty : value)
  return (
    <Alert ref={notice} tabIndex={-1} color="yellow" role="alert" title={said.title}>
      <p>{said.text}</p>
      <ul className={styles.differences}>
        {differences.map((difference) => (
          <li key={JSON.stringify(difference.field)}>
            <strong>{nameOf(difference)}</strong>{' '}
            <span>{said[difference.kind](shown(difference.theirs), shown(difference.mine))}</span>
            {difference.kind === 'both' && (
              <Button
                variant="default"
                size="compact-sm"
                ml="xs"
                aria-label={said.takeTheirsOf(nameOf(difference))}
                onClick={() => onTakeTheirs(difference)}
              >
                {said.takeTheirs}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Alert>
  )
}
