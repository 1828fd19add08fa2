import { Button, TextInput } from '@mantine/core'
import { useFieldArray, useFormState } from 'react-hook-form'
import { useMessages } from '@/i18n/messages'
import styles from './builder.module.css'
import { type ConcertControl, STANDARD } from './form'
import { builderMessages } from './messages'
import { useFieldError } from './use-field-error'

const CATEGORIES_MAX = 10

type Props = { control: ConcertControl; section: number; currency: string }

/** The prices of a section by category. */
export function PriceList({ control, section, currency }: Props) {
  const text = useMessages(builderMessages).prices
  const errorText = useFieldError()
  const name = `sections.${section}.prices` as const
  const { fields, append, remove } = useFieldArray({ control, name })
  const { errors } = useFormState({ control, name })
  const fieldErrors = errors.sections?.[section]?.prices
  return (
    <fieldset className={styles.prices}>
      <legend>{text.title}</legend>
      {fields.map((field, index) => {
        const isStandard = field.code === STANDARD
        return (
          <div key={field.id} className={styles.price}>
            <TextInput
              label={text.name}
              error={errorText(fieldErrors?.[index]?.name)}
              {...control.register(`${name}.${index}.name`)}
            />
            <TextInput
              label={text.price(currency)}
              inputMode="decimal"
              error={errorText(fieldErrors?.[index]?.price)}
              {...control.register(`${name}.${index}.price`)}
            />
            {!isStandard && (
              <>
                <Button
                  variant="subtle"
                  aria-label={text.removeThis(index + 1)}
                  onClick={() => remove(index)}
                >
                  {text.remove}
                </Button>
                <label className={styles.audience}>
                  <input type="checkbox" {...control.register(`${name}.${index}.members`)} />
                  {text.members}
                  <small>{text.membersHint}</small>
                </label>
              </>
            )}
          </div>
        )
      })}
      {fields.length < CATEGORIES_MAX && (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => append({ code: '', name: '', price: '', members: false })}
          >
            {text.add}
          </Button>
        </div>
      )}
    </fieldset>
  )
}
