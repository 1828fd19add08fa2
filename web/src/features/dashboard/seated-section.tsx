import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Concert, Seats, Section } from '@/api/concerts'
import { managedSeatsQuery } from '@/api/managing'
import { useConcertChanges } from '@/api/use-concert-changes'
import { useMessages } from '@/i18n/messages'
import { LiveBadge } from '@/kit/live-badge'
import { Skeleton } from '@/kit/skeleton'
import { Trouble } from '@/kit/trouble'
import { dashboardMessages } from './messages'
import { readAgain } from './read-again'
import { gridOf, isFree, type Letter, type Seat } from './seat-grid'
import { SeatPicker } from './seat-picker'
import styles from './seats-page.module.css'
import { BLOCKED_AT_ONCE_MAX, useBlocking } from './use-blocking'

type Props = { concert: Concert; section: Section }

/** The seats of a section as they are now. */
export function SeatedSection({ concert, section }: Props) {
  const queries = useQueryClient()
  const query = managedSeatsQuery(concert.id, section.code)
  const { data, error, refetch } = useQuery(query)
  const isPublic = concert.status !== 'draft'
  const live = useConcertChanges(concert.id, isPublic, () => readAgain(queries, query.queryKey))
  const seats = data?.sections[0]
  if (seats) {
    return (
      <>
        {isPublic && <LiveBadge state={live} />}
        <Blocking concert={concert} section={section} seats={seats} />
      </>
    )
  }
  return error ? (
    <Trouble error={error} retry={() => void refetch()} />
  ) : (
    <Skeleton lines={1} height="20rem" />
  )
}

const LETTERS: Letter[] = ['a', 'h', 's', 'b']

function Blocking({ concert, section, seats }: Props & { seats: Seats['sections'][number] }) {
  const text = useMessages(dashboardMessages).seats
  const grid = useMemo(() => gridOf(seats), [seats])
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const { mutate, reset, isPending, refusal, said } = useBlocking(concert, section.code)

  const all = useMemo(
    () => grid.rows.flatMap((row) => row.seats.filter((seat) => seat !== undefined)),
    [grid],
  )
  const wanted = all.filter((seat) => chosen.has(seat.label) && isFree(seat))
  const labelsOf = (letter: Letter) =>
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
  const send = (wish: { block?: string[]; unblock?: string[] }) =>
    mutate(wish, { onSuccess: () => setChosen(new Set()) })
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
        <p role="status" className={styles.said}>
          {wanted.length > 0 ? text.chosen(wanted.length) : said}
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
