import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Concert, Seats, Section } from '@/api/concerts'
import { managedSeatsQuery } from '@/api/organiser'
import { useConcertChanges } from '@/api/use-concert-changes'
import { useMessages } from '@/i18n/messages'
import { ErrorMessage } from '@/kit/error-message'
import { LiveBadge } from '@/kit/live-badge'
import { Skeleton } from '@/kit/skeleton'
import { dashboardMessages } from './messages'
import { refetchNow } from './refetch-now'
import { isBlockable, type Seat, type SeatState, seatGridOf } from './seat-grid'
import { SeatPicker } from './seat-picker'
import styles from './seats-page.module.css'
import { BLOCKED_AT_ONCE_MAX, useBlockSeats } from './use-block-seats'

type Props = { concert: Concert; section: Section }

/** The seats of a section, kept current by the event stream. */
export function SeatedSection({ concert, section }: Props) {
  const queryClient = useQueryClient()
  const query = managedSeatsQuery(concert.id, section.code)
  const { data, error, refetch } = useQuery(query)
  const isPublic = concert.status !== 'draft'
  const live = useConcertChanges(concert.id, isPublic, () => refetchNow(queryClient, query.queryKey))
  const seats = data?.sections[0]
  if (seats) {
    return (
      <>
        {isPublic && <LiveBadge state={live} />}
        <SeatBlocking concert={concert} section={section} seats={seats} />
      </>
    )
  }
  return error ? (
    <ErrorMessage error={error} retry={() => void refetch()} />
  ) : (
    <Skeleton lines={1} height="20rem" />
  )
}

const LETTERS: SeatState[] = ['a', 'h', 's', 'b']

function SeatBlocking({ concert, section, seats }: Props & { seats: Seats['sections'][number] }) {
  const text = useMessages(dashboardMessages).seats
  const grid = useMemo(() => seatGridOf(seats), [seats])
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const { mutate, reset, isPending, refusal, announcement } = useBlockSeats(concert, section.code)

  const all = useMemo(
    () => grid.rows.flatMap((row) => row.seats.filter((seat) => seat !== undefined)),
    [grid],
  )
  const wanted = all.filter((seat) => chosen.has(seat.label) && isBlockable(seat))
  const labelsOf = (letter: SeatState) =>
    wanted.filter((seat) => seat.letter === letter).map(({ label }) => label)
  const [free, blocked] = [labelsOf('a'), labelsOf('b')]
  const isTooMuch = Math.max(free.length, blocked.length) > BLOCKED_AT_ONCE_MAX
  const choose = (touched: Seat[], isIn: boolean) => {
    reset()
    const next = new Set(wanted.map(({ label }) => label))
    for (const { label } of touched) {
      if (isIn) next.add(label)
      else next.delete(label)
    }
    setChosen(next)
  }
  const send = (changes: { block?: string[]; unblock?: string[] }) =>
    mutate(changes, { onSuccess: () => setChosen(new Set()) })
  const isClosed = concert.status === 'cancelled'
  return (
    <>
      <ul className={styles.legend} aria-label={text.legend}>
        {LETTERS.map((letter) => (
          <li key={letter} data-letter={letter}>
            {text.letters[letter]} · {all.filter((seat) => seat.letter === letter).length}
          </li>
        ))}
      </ul>
      <SeatPicker name={section.name} grid={grid} chosen={chosen} onChoose={choose} />
      <div className={styles.bar}>
        <p role="status" className={styles.announcement}>
          {wanted.length > 0 ? text.chosen(wanted.length) : announcement}
        </p>
        <Button
          disabled={free.length === 0 || isTooMuch || isClosed}
          loading={isPending}
          onClick={() => send({ block: free })}
        >
          {text.block(free.length)}
        </Button>
        <Button
          variant="default"
          disabled={blocked.length === 0 || isTooMuch || isClosed}
          loading={isPending}
          onClick={() => send({ unblock: blocked })}
        >
          {text.unblock(blocked.length)}
        </Button>
        {wanted.length > 0 && (
          <Button variant="subtle" onClick={() => setChosen(new Set())}>
            {text.chooseNone}
          </Button>
        )}
      </div>
      {(refusal !== undefined || isTooMuch) && (
        <p className={styles.refusal} role="alert">
          {refusal ?? text.tooMuch(BLOCKED_AT_ONCE_MAX)}
        </p>
      )}
    </>
  )
}
