import { zodResolver } from '@hookform/resolvers/zod'
import { Alert, Button, NativeSelect } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useFieldArray, useForm, useWatch } from 'react-hook-form'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { managedConcertQuery } from '@/api/concerts'
import { type CreateConcert, createConcert, updateCachedConcert } from '@/api/organiser'
import { useUser } from '@/api/use-session'
import { useLanguage } from '@/i18n/language'
import { useMessages } from '@/i18n/messages'
import { CURRENCIES } from '@/i18n/money'
import { ActionButton } from '@/kit/action-button'
import { ErrorMessage } from '@/kit/error-message'
import { usePageTitle } from '@/kit/page-title'
import { showServerErrors } from '@/kit/server-errors'
import { Skeleton } from '@/kit/skeleton'
import { fieldOf, isField } from './api-fields'
import { autosaveKey, clearAutosave, loadAutosave, useAutosave } from './autosave'
import styles from './builder.module.css'
import { DetailsFields } from './details-fields'
import { type ConcertFields, copyOf, newConcert, newSection, type SectionShape, WATCHED_FIELDS } from './form'
import { LayoutPreview } from './layout-preview'
import { builderMessages } from './messages'
import { concertSchema } from './schema'
import { SectionCard } from './section-card'
import { useFieldError } from './use-field-error'

/** Creates a concert, empty or as a copy of another one. */
export function BuilderPage() {
  const [parameters] = useSearchParams()
  const from = parameters.get('from')
  return from === null ? <RestoredBuilder from={null} start={newConcert} /> : <ConcertCopy id={from} />
}

function ConcertCopy({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(managedConcertQuery(id))
  if (data) return <RestoredBuilder key={id} from={id} start={() => copyOf(data)} />
  return error ? (
    <ErrorMessage error={error} retry={() => void refetch()} />
  ) : (
    <Skeleton lines={8} height="3.5rem" />
  )
}

/** Restores the autosaved input after a reload; the user can start over. */
function RestoredBuilder({ from, start }: { from: string | null; start: () => ConcertFields }) {
  const text = useMessages(builderMessages)
  const key = autosaveKey(useUser()?.id, from)
  const [round, setRound] = useState(() => ({ number: 0, saved: loadAutosave(key) }))
  const startOver = () => {
    clearAutosave(key)
    setRound(({ number }) => ({ number: number + 1, saved: undefined }))
  }
  return (
    <Builder key={round.number} autosaveKey={key} start={round.saved ?? start()}>
      {round.saved && (
        <p className={styles.kept} role="status">
          {text.kept}{' '}
          <Button variant="default" size="compact-sm" onClick={startOver}>
            {text.startOver}
          </Button>
        </p>
      )}
    </Builder>
  )
}

/** Listed first. */
const COMMON_CURRENCIES = ['IDR', 'SGD', 'MYR', 'AUD', 'USD', 'EUR']

type BuilderProps = {
  start: ConcertFields
  autosaveKey: string
  children: ReactNode
}

function Builder({ start, autosaveKey, children }: BuilderProps) {
  const text = useMessages(builderMessages)
  const language = useLanguage()
  const errorText = useFieldError()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  usePageTitle(text.title)
  const form = useForm<ConcertFields, unknown, CreateConcert>({
    resolver: zodResolver(concertSchema),
    // Not on blur: an error that appears above a button would move it away from the pointer.
    mode: 'onSubmit',
    defaultValues: start,
  })
  const stopAutosave = useAutosave(form, autosaveKey)
  const { control, register, handleSubmit, setError, getValues, formState } = form
  const { fields, append, insert, remove, move } = useFieldArray({ control, name: 'sections' })
  const watched = useWatch({ control, name: [...WATCHED_FIELDS] })
  const codes = () => getValues('sections').map(({ code }) => code)
  const add = (shape: SectionShape) => append(newSection(shape, codes()))

  const submit = handleSubmit(async (body) => {
    try {
      const created = await createConcert(body)
      stopAutosave()
      updateCachedConcert(queryClient, created.id, created)
      await navigate(`/manage/${created.id}`)
    } catch (error) {
      showServerErrors(error, setError, { isField, rename: fieldOf })
    }
  })
  const names = new Intl.DisplayNames(language, { type: 'currency' })
  const others = CURRENCIES.filter((code) => !COMMON_CURRENCIES.includes(code))
  const sectionsError = formState.errors.sections?.root ?? formState.errors.sections
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <Link to="/manage" className={styles.up}>
          ← {text.all}
        </Link>
        <h1>{text.title}</h1>
        <p>{text.intro}</p>
        {children}
      </header>
      <form className={styles.form} onSubmit={submit} noValidate aria-label={text.title}>
        <DetailsFields register={register} errors={formState.errors} watched={watched} />
        <fieldset className={styles.group}>
          <legend>{text.sectionsTitle}</legend>
          <NativeSelect
            label={text.currency}
            description={text.currencyHint}
            className={styles.short ?? ''}
            error={errorText(formState.errors.currency)}
            data={[...COMMON_CURRENCIES, ...others].map((code) => ({
              value: code,
              label: `${code} · ${names.of(code)}`,
            }))}
            {...register('currency')}
          />
          {fields.map((field, index) => (
            <SectionCard
              key={field.id}
              form={form}
              index={index}
              count={fields.length}
              onMove={(to) => move(index, to)}
              onCopy={() => {
                const original = getValues(`sections.${index}`)
                const { code } = newSection(original.shape, codes())
                insert(index + 1, { ...structuredClone(original), code, name: '' })
              }}
              onRemove={() => remove(index)}
            />
          ))}
          {sectionsError?.message && <p className={styles.error}>{errorText(sectionsError)}</p>}
          <div className={styles.buttons}>
            <Button variant="default" onClick={() => add('even')}>
              {text.addSeated}
            </Button>
            <Button variant="default" onClick={() => add('standing')}>
              {text.addStanding}
            </Button>
          </div>
        </fieldset>
        {formState.errors.root && (
          <Alert color="red" role="alert">
            {formState.errors.root.message}
          </Alert>
        )}
        {formState.isSubmitted && !formState.isValid && !formState.errors.root && (
          <p className={styles.error} role="alert">
            {text.checkFields}
          </p>
        )}
        <div className={styles.submit}>
          <ActionButton type="submit" size="md" loading={formState.isSubmitting}>
            {text.submit}
          </ActionButton>
          <p className={styles.hint}>{text.submitHint}</p>
        </div>
      </form>
      <aside className={styles.aside}>
        <LayoutPreview form={form} />
      </aside>
    </div>
  )
}
