import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useWatch } from 'react-hook-form'
import { useMessages } from '@/i18n/messages'
import styles from './builder.module.css'
import { type ConcertForm, expandEvenRows } from './form'
import { builderMessages } from './messages'
import { PriceList } from './price-list'
import { RowsTable } from './rows-table'
import { useFieldError } from './use-field-error'

type Props = {
  form: ConcertForm
  index: number
  count: number
  onMove: (to: number) => void
  onCopy: () => void
  onRemove: () => void
}

const PLAN = ['x', 'y', 'width', 'height', 'rotation'] as const

/** The fields of a section: name, rows or capacity, prices, placement. */
export function SectionCard({ form, index, count, onMove, onCopy, onRemove }: Props) {
  const text = useMessages(builderMessages).section
  const errorText = useFieldError()
  const { control, register, formState, getValues, setValue } = form
  const path = `sections.${index}` as const
  const shape = useWatch({ control, name: `${path}.shape` })
  const name = useWatch({ control, name: `${path}.name` })
  const currency = useWatch({ control, name: 'currency' })
  const errors = formState.errors.sections?.[index]
  const title = name.trim() || text.unnamed(index + 1)
  const reshape = (next: string) => {
    if (next === 'rows' && getValues(`${path}.layout`).length === 0) {
      setValue(`${path}.layout`, expandEvenRows(getValues(path)))
    }
    setValue(`${path}.shape`, next === 'rows' ? 'rows' : 'even', { shouldDirty: true })
  }
  return (
    <section className={styles.card} aria-label={title}>
      <div className={styles.cardHead}>
        <h3>
          <bdi>{title}</bdi>
        </h3>
        <span className={styles.kind}>{shape === 'standing' ? text.standing : text.seated}</span>
        <div className={styles.tools}>
          <Button
            size="compact-sm"
            variant="subtle"
            disabled={index === 0}
            aria-label={text.forward(title)}
            onClick={() => onMove(index - 1)}
          >
            ↑
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            disabled={index === count - 1}
            aria-label={text.backward(title)}
            onClick={() => onMove(index + 1)}
          >
            ↓
          </Button>
          <Button size="compact-sm" variant="subtle" aria-label={text.copyThis(title)} onClick={onCopy}>
            {text.copy}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            disabled={count === 1}
            aria-label={text.removeThis(title)}
            onClick={onRemove}
          >
            {text.remove}
          </Button>
        </div>
      </div>
      <div className={styles.named}>
        <TextInput label={text.name} error={errorText(errors?.name)} {...register(`${path}.name`)} />
        <TextInput
          label={text.code}
          error={errorText(errors?.code)}
          className={styles.code ?? ''}
          {...register(`${path}.code`)}
        />
      </div>
      {shape === 'standing' ? (
        <TextInput
          label={text.capacity}
          inputMode="numeric"
          className={styles.short ?? ''}
          error={errorText(errors?.capacity)}
          {...register(`${path}.capacity`)}
        />
      ) : (
        <>
          <SegmentedControl
            aria-label={text.shape}
            value={shape}
            onChange={reshape}
            data={[
              { value: 'even', label: text.even },
              { value: 'rows', label: text.uneven },
            ]}
          />
          {shape === 'even' ? (
            <div className={styles.three}>
              <TextInput
                label={text.rows}
                inputMode="numeric"
                error={errorText(errors?.rows)}
                {...register(`${path}.rows`)}
              />
              <TextInput
                label={text.seatsPerRow}
                inputMode="numeric"
                error={errorText(errors?.seats_per_row)}
                {...register(`${path}.seats_per_row`)}
              />
              <TextInput
                label={text.aisles}
                placeholder={text.aislesExample}
                error={errorText(errors?.aisles)}
                {...register(`${path}.aisles`)}
              />
            </div>
          ) : (
            <RowsTable control={control} section={index} />
          )}
        </>
      )}
      <PriceList control={control} section={index} currency={currency} />
      <details className={styles.place} open={errors?.plan !== undefined || undefined}>
        <summary>{text.place}</summary>
        <p className={styles.hint}>{text.placeHint}</p>
        <div className={styles.five}>
          {PLAN.map((field) => (
            <TextInput
              key={field}
              label={text.plan[field]}
              inputMode="numeric"
              error={errorText(errors?.plan?.[field])}
              {...register(`${path}.plan.${field}`)}
            />
          ))}
        </div>
      </details>
    </section>
  )
}
