import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { Concert } from '@/api/concerts'
import { concertChanged, pauseConcert, publishConcert } from '@/api/managing'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { problemText } from '@/kit/problem-text'
import styles from './concert-frame.module.css'
import { dashboardMessages } from './messages'
import { RemoveDialog } from './remove-dialog'

/** Publish, pause, go on, cancel: what the concert's state allows. */
export function SaleActions({ concert }: { concert: Concert }) {
  const text = useMessages(dashboardMessages).actions
  const queries = useQueryClient()
  const [isRemoving, setRemoving] = useState(false)
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (change: (id: string) => Promise<Concert>) => change(concert.id),
    onSuccess: (changed) => concertChanged(queries, concert.id, changed),
    // Somebody else did something meanwhile.
    onError: (refused) => {
      if (isProblem(refused, 'wrong_status')) concertChanged(queries, concert.id, undefined)
    },
  })
  const { status } = concert
  if (status === 'cancelled') return null
  return (
    <>
      <div className={styles.actions}>
        {status === 'on_sale' && (
          <Button variant="default" loading={isPending} onClick={() => mutate(pauseConcert)}>
            {text.pause}
          </Button>
        )}
        {status !== 'on_sale' && (
          <Button loading={isPending} onClick={() => mutate(publishConcert)}>
            {status === 'draft' ? text.publish : text.goOn}
          </Button>
        )}
        {status !== 'draft' && (
          <Button component={Link} to={`/concerts/${concert.id}`} variant="default">
            {text.publicPage}
          </Button>
        )}
        <Button
          variant="subtle"
          onClick={() => {
            reset()
            setRemoving(true)
          }}
        >
          {status === 'draft' ? text.remove : text.cancel}
        </Button>
      </div>
      {error && (
        <p className={styles.refusal} role="alert">
          {problemText(error)}
        </p>
      )}
      {isRemoving && <RemoveDialog concert={concert} onClose={() => setRemoving(false)} />}
    </>
  )
}
