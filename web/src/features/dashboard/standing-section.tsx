import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Concert, Section } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { dashboardMessages } from './messages'
import styles from './seats-page.module.css'
import { BLOCKED_AT_ONCE_MAX, useBlockSeats } from './use-block-seats'

/** The digits in the labels of standing tickets. */
const DIGITS = 6

function wholeNumber(text: string): number | undefined {
  return /^\d{1,7}$/.test(text.trim()) ? Number(text) : undefined
}

/** Blocks standing tickets by their numbers. */
export function StandingSection({ concert, section }: { concert: Concert; section: Section }) {
  const text = useMessages(dashboardMessages).seats
  const formats = useFormats()
  const [range, setRange] = useState({ from: '', to: '' })
  const [wasTried, setTried] = useState(false)
  const { mutate, isPending, refusal, announcement } = useBlockSeats(concert, section.code)

  const [from, to] = [wholeNumber(range.from), wholeNumber(range.to)]
  const inSection = (number: number | undefined) =>
    number !== undefined && number >= 1 && number <= section.total
  const count = from !== undefined && to !== undefined ? to - from + 1 : 0
  const isCountFine = count >= 1 && count <= BLOCKED_AT_ONCE_MAX
  const isFine = inSection(from) && inSection(to) && isCountFine
  const send = (isBlocking: boolean) => {
    setTried(true)
    if (!isFine || from === undefined) return
    const labels = Array.from(
      { length: count },
      (_, index) => `${section.code}-${String(from + index).padStart(DIGITS, '0')}`,
    )
    mutate(isBlocking ? { block: labels } : { unblock: labels })
  }
  const rule = text.numberRule(formats.number(section.total))
  return (
    <div className={styles.standing}>
      <p>{text.standing(formats.number(section.total))}</p>
      <div className={styles.numbers}>
        <TextInput
          label={text.from}
          inputMode="numeric"
          value={range.from}
          error={wasTried && !inSection(from) && rule}
          onChange={({ currentTarget }) => setRange({ ...range, from: currentTarget.value })}
        />
        <TextInput
          label={text.to}
          inputMode="numeric"
          value={range.to}
          error={
            wasTried &&
            (inSection(to) ? inSection(from) && !isCountFine && text.countRule(BLOCKED_AT_ONCE_MAX) : rule)
          }
          onChange={({ currentTarget }) => setRange({ ...range, to: currentTarget.value })}
        />
      </div>
      <div className={styles.bar}>
        <Button loading={isPending} disabled={concert.status === 'cancelled'} onClick={() => send(true)}>
          {text.blockThese}
        </Button>
        <Button
          variant="default"
          loading={isPending}
          disabled={concert.status === 'cancelled'}
          onClick={() => send(false)}
        >
          {text.unblockThese}
        </Button>
        <p role="status" className={styles.announcement}>
          {announcement}
        </p>
      </div>
      {refusal !== undefined && (
        <p className={styles.refusal} role="alert">
          {refusal}
        </p>
      )}
    </div>
  )
}
