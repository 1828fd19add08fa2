import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { Concert } from '@/api/concerts'
import { pauseConcert, publishConcert, updateCachedConcert } from '@/api/organiser'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { problemText } from '@/kit/problem-text'
import styles from './concert-layout.module.css'
import { dashboardMessages } from './messages'
import { RemoveConcertDialog } from './remove-concert-dialog'
import { type SaleChange, SaleDialog } from './sale-dialog'

const CHANGES: Record<SaleChange, (id: string) => Promise<Concert>> = {
  publish: publishConcert,
  pause: pauseConcert,
  goOn: publishConcert,
}
const NEXT: Record<Exclude<Concert['status'], 'cancelled'>, SaleChange> = {
  draft: 'publish',
  on_sale: 'pause',
  paused: 'goOn',
}

/** The actions that the concert's status allows. */
export function SaleActions({ concert }: { concert: Concert }) {
  const text = useMessages(dashboardMessages).actions
  const queryClient = useQueryClient()
  const [asked, setAsked] = useState<SaleChange | 'remove'>()
  const close = () => setAsked(undefined)
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (change: SaleChange) => CHANGES[change](concert.id),
    onSuccess: (changed) => {
      updateCachedConcert(queryClient, concert.id, changed)
      close()
    },
    // Another member changed the status first.
    onError: (refused) => {
      if (isProblem(refused, 'wrong_status')) updateCachedConcert(queryClient, concert.id, undefined)
    },
  })
  const { status } = concert
  if (status === 'cancelled') return null
  const next = NEXT[status]
  const ask = (change: SaleChange | 'remove') => {
    reset()
    setAsked(change)
  }
  return (
    <>
      <div className={styles.actions}>
        <Button {...(next === 'pause' && { variant: 'default' })} onClick={() => ask(next)}>
          {text[next]}
        </Button>
        <Button component={Link} to={`/concerts/${concert.id}`} variant="default">
          {status === 'draft' ? text.preview : text.publicPage}
        </Button>
        <Button variant="subtle" onClick={() => ask('remove')}>
          {status === 'draft' ? text.remove : text.cancel}
        </Button>
      </div>
      {asked === 'remove' && <RemoveConcertDialog concert={concert} onClose={close} />}
      {asked !== undefined && asked !== 'remove' && (
        <SaleDialog
          concert={concert}
          change={asked}
          isPending={isPending}
          refusal={error ? problemText(error) : undefined}
          onConfirm={() => mutate(asked)}
          onClose={close}
        />
      )}
    </>
  )
}
