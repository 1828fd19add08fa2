import { zodResolver } from '@hookform/resolvers/zod'
import { Alert } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { Link, useOutletContext } from 'react-router'
import { type Concert, managedConcertQuery } from '@/api/concerts'
import { type ChangeConcert, changeConcert, updateCachedConcert } from '@/api/organiser'
import { isProblem } from '@/api/problem'
import { serverNow } from '@/api/server-time'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { usePageTitle } from '@/kit/page-title'
import { showServerErrors } from '@/kit/server-errors'
import styles from './builder.module.css'
import {
  changesOf,
  type Edited,
  type EditFields,
  editFieldsOf,
  editSchema,
  fixedFields,
  phaseOf,
} from './concert-changes'
import { DetailsFields } from './details-fields'
import { type DetailFields, isTime, WATCHED_FIELDS } from './form'
import { type Difference, mergeEdits } from './merge'
import { MergeNotice } from './merge-notice'
import { builderMessages } from './messages'
import { PricesEdit } from './prices-edit'

/** The initial state of the editor. */
type Start = {
  base: Concert
  fields: EditFields
  wasSaved: boolean
  /** Changes by another member that were merged. */
  differences?: Difference[]
}

const startOf = (base: Concert, wasSaved: boolean): Start => ({
  base,
  fields: editFieldsOf(base),
  wasSaved,
})

/** Edits the details and prices of an existing concert, as far as its phase allows. */
export function EditPage() {
  const concert = useOutletContext<Concert>()
  // Changes by other members are merged on saving, not while the user types.
  const [start, setStart] = useState(() => startOf(concert, false))
  const goOnFrom = (newest: Concert, typed: EditFields) => {
    const { fields, differences } = mergeEdits(start.base, typed, newest, phaseOf(newest, serverNow()))
    setStart({ base: newest, fields, differences, wasSaved: false })
  }
  return (
    <Editor
      key={start.base.revision}
      start={start}
      onSaved={(changed) => setStart(startOf(changed, true))}
      onOutdated={goOnFrom}
    />
  )
}

const PRICE = /^sections\.\d+\.prices\.\d+$/

type EditorProps = {
  start: Start
  onSaved: (changed: Concert) => void
  onOutdated: (newest: Concert, typed: EditFields) => void
}

function Editor({ start, onSaved, onOutdated }: EditorProps) {
  const { base, fields, wasSaved } = start
  const messages = useMessages(builderMessages)
  const text = messages.edit
  const queryClient = useQueryClient()
  const [differences, setDifferences] = useState(start.differences)
  usePageTitle(`${text.title} · ${base.name}`)
  const form = useForm<EditFields, unknown, Edited>({
    resolver: zodResolver(editSchema(base)),
    defaultValues: fields,
  })
  const { control, register, handleSubmit, setError, setValue, getValues, formState } = form
  const watched = useWatch({ control, name: [...WATCHED_FIELDS] })
  const phase = phaseOf(base, serverNow())
  const isOver = phase === 'cancelled'

  const submit = handleSubmit(async (edited) => {
    const body: ChangeConcert = changesOf(base, edited)
    if (Object.keys(body).length === 0) {
      onSaved(base)
      return
    }
    try {
      const changed = await changeConcert(base, body).catch(async (error: unknown) => {
        if (!isProblem(error, 'outdated')) throw error
        const newest = await queryClient.fetchQuery({ ...managedConcertQuery(base.id), staleTime: 0 })
        onOutdated(newest, getValues())
      })
      if (!changed) return
      updateCachedConcert(queryClient, base.id, changed)
      onSaved(changed)
    } catch (error) {
      showServerErrors(error, setError, {
        isField: (path): path is keyof DetailFields => path in editFieldsOf(base) || PRICE.test(path),
      })
    }
  })
  const takeTheirs = (taken: Difference) => {
    if ('detail' in taken.field) {
      const { detail } = taken.field
      const theirs = editFieldsOf(base)
      setValue(detail, theirs[detail])
      if (isTime(detail)) setValue(`${detail}_offset`, theirs[`${detail}_offset`])
    } else setValue(taken.field.path, taken.theirs)
    setDifferences(differences?.map((item) => (item === taken ? { ...item, kind: 'theirs' } : item)))
  }
  return (
    <form className={`${styles.form} ${styles.edit}`} onSubmit={submit} noValidate aria-label={text.title}>
      <p className={styles.hint}>
        {text.rules[phase]} <Link to={`/manage/new?from=${base.id}`}>{text.copy}</Link>
      </p>
      <DetailsFields
        register={register}
        errors={formState.errors}
        watched={watched}
        fixed={fixedFields(phase)}
      />
      <PricesEdit concert={base} isFixed={isOver} register={register} errors={formState.errors.sections} />
      {differences && <MergeNotice differences={differences} onTakeTheirs={takeTheirs} />}
      {formState.errors.root && (
        <Alert color="red" role="alert">
          {formState.errors.root.message}
        </Alert>
      )}
      {!isOver && (
        <div className={styles.submit}>
          <ActionButton type="submit" size="md" loading={formState.isSubmitting}>
            {text.submit}
          </ActionButton>
          <p className={styles.announcement} role="status">
            {wasSaved && !formState.isDirty && text.saved}
          </p>
        </div>
      )}
    </form>
  )
}
