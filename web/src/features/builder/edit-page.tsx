import { zodResolver } from '@hookform/resolvers/zod'
import { Alert, Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { Link, useOutletContext } from 'react-router'
import { type Concert, managedConcertQuery } from '@/api/concerts'
import { type ChangeConcert, changeConcert, concertChanged } from '@/api/managing'
import { isProblem } from '@/api/problem'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { showProblem } from '@/kit/form-problems'
import { usePageTitle } from '@/kit/page-title'
import styles from './builder.module.css'
import { changesOf, type Edited, type EditFields, editFieldsOf, editSchema, fixedFields } from './change'
import { DetailsFields } from './details-fields'
import type { DetailFields } from './form'
import { builderMessages } from './messages'
import { PricesEdit } from './prices-edit'

/** The details and prices of a concert that is there, as far as they may still be changed. */
export function EditPage() {
  const concert = useOutletContext<Concert>()
  // Somebody else's change begins the form anew only when it is asked for.
  const [shown, setShown] = useState({ base: concert, wasSaved: false })
  const { base, wasSaved } = shown
  return (
    <Editor
      key={base.revision}
      base={base}
      wasSaved={wasSaved}
      onSaved={(changed) => setShown({ base: changed, wasSaved: true })}
      onRead={(newest) => setShown({ base: newest, wasSaved: false })}
    />
  )
}

const PRICE = /^sections\.\d+\.prices\.\d+$/

type EditorProps = {
  base: Concert
  wasSaved: boolean
  onSaved: (changed: Concert) => void
  onRead: (newest: Concert) => void
}

function Editor({ base, wasSaved, onSaved, onRead }: EditorProps) {
  const messages = useMessages(builderMessages)
  const text = messages.edit
  const queries = useQueryClient()
  const [isOutdated, setOutdated] = useState(false)
  usePageTitle(`${text.title} · ${base.name}`)
  const { control, register, handleSubmit, setError, formState } = useForm<EditFields, unknown, Edited>({
    resolver: zodResolver(editSchema(base)),
    defaultValues: editFieldsOf(base),
  })
  const timeZone = useWatch({ control, name: 'time_zone' })
  const isOver = base.status === 'cancelled'

  const submit = handleSubmit(async (edited) => {
    const body: ChangeConcert = changesOf(base, edited)
    if (Object.keys(body).length === 0) {
      onSaved(base)
      return
    }
    try {
      const changed = await changeConcert(base, body)
      concertChanged(queries, base.id, changed)
      onSaved(changed)
    } catch (error) {
      if (isProblem(error, 'outdated')) setOutdated(true)
      else {
        showProblem(error, setError, {
          isField: (path): path is keyof DetailFields => path in editFieldsOf(base) || PRICE.test(path),
        })
      }
    }
  })
  const readAnew = async () => {
    const newest = await queries.fetchQuery({ ...managedConcertQuery(base.id), staleTime: 0 })
    setOutdated(false)
    onRead(newest)
  }
  return (
    <form className={`${styles.form} ${styles.edit}`} onSubmit={submit} noValidate aria-label={text.title}>
      <p className={styles.hint}>
        {text.rules[base.status]} <Link to={`/manage/new?from=${base.id}`}>{text.copy}</Link>
      </p>
      <DetailsFields
        register={register}
        errors={formState.errors}
        timeZone={timeZone}
        fixed={fixedFields(base.status)}
      />
      <PricesEdit concert={base} isFixed={isOver} register={register} errors={formState.errors.sections} />
      {isOutdated && (
        <Alert color="yellow" role="alert" title={text.outdated}>
          <p>{text.outdatedText}</p>
          <Button variant="default" mt="sm" onClick={() => void readAnew()}>
            {text.readAnew}
          </Button>
        </Alert>
      )}
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
          <p className={styles.said} role="status">
            {wasSaved && !formState.isDirty && text.saved}
          </p>
        </div>
      )}
    </form>
  )
}
