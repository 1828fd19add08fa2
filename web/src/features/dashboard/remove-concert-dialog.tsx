import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Concert } from '@/api/concerts'
import { removeConcert, updateCachedConcert } from '@/api/organiser'
import { isolateText, withoutIsolates } from '@/i18n/isolate'
import { useMessages } from '@/i18n/messages'
import { ConfirmDialog } from '@/kit/confirm-dialog'
import { problemText } from '@/kit/problem-text'
import { CancellationImpact } from './cancellation-impact'
import { dashboardMessages } from './messages'

type Props = { concert: Concert; onClose: () => void }

/** Deletes a draft, or cancels a published concert after its name has been typed, because that is final. */
export function RemoveConcertDialog({ concert, onClose }: Props) {
  const text = useMessages(dashboardMessages).removing
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const isDraft = concert.status === 'draft'
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => removeConcert(concert.id),
    onSuccess: (left) => {
      if (!left) void navigate('/manage')
      updateCachedConcert(queryClient, concert.id, left)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={isDraft ? text.draftTitle : text.title(isolateText(concert.name))}
      confirm={isDraft ? text.draftConfirm : text.confirm}
      isDangerous
      isPending={isPending}
      canConfirm={isDraft || withoutIsolates(typed).trim() === concert.name}
      refusal={error ? problemText(error) : undefined}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      <p>{isDraft ? text.draftText : text.text}</p>
      {!isDraft && <CancellationImpact concertId={concert.id} />}
      {!isDraft && (
        <TextInput
          label={text.typeName(isolateText(concert.name))}
          value={typed}
          autoComplete="off"
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      )}
    </ConfirmDialog>
  )
}
