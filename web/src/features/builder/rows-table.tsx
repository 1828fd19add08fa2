import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useFieldArray, useFormState } from 'react-hook-form'
import { useMessages } from '@/i18n/messages'
import { TableFrame } from '@/kit/table-frame'
import styles from './builder.module.css'
import { type ConcertControl, generateRows, newRow } from './form'
import { builderMessages } from './messages'
import { nextRowLabel } from './number-list'
import { useFieldError } from './use-field-error'

type Props = { control: ConcertControl; section: number }

/** The rows that are shown at first. */
const SHOWN = 30
const ROWS_MAX = 500
const COLUMNS = ['label', 'seats', 'first', 'gaps', 'wheelchair', 'companion', 'restricted_view'] as const

/** The table of individual rows, front first. */
export function RowsTable({ control, section }: Props) {
  const text = useMessages(builderMessages).rows
  const errorText = useFieldError()
  const name = `sections.${section}.layout` as const
  const { fields, append, remove, replace } = useFieldArray({ control, name })
  const { errors } = useFormState({ control, name })
  const [shown, setShown] = useState(SHOWN)
  const fieldErrors = errors.sections?.[section]?.layout
  // Rows with errors are always shown.
  const lastError = Array.isArray(fieldErrors) ? fieldErrors.length : 0
  const visible = fields.slice(0, Math.max(shown, lastError))
  const add = () => {
    const last = control._formValues.sections?.[section]?.layout?.at(-1)
    append(newRow(last ? nextRowLabel(last.label) : 'A', last?.seats ?? '20'))
    setShown(fields.length + 1)
  }
  return (
    <div className={styles.rows}>
      <GenerateRows onMake={replace} />
      {fields.length > 0 && (
        <TableFrame label={text.title}>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {text.columns[column]}
                </th>
              ))}
              <th scope="col">
                <span className={styles.unseen}>{text.remove}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {visible.map((field, index) => (
              <tr key={field.id} className={styles.row}>
                {COLUMNS.map((column) => (
                  <td key={column} data-column={column}>
                    <TextInput
                      size="xs"
                      aria-label={text.cell(text.columns[column], index + 1)}
                      error={errorText(fieldErrors?.[index]?.[column])}
                      {...control.register(`${name}.${index}.${column}`)}
                    />
                  </td>
                ))}
                <td>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    aria-label={text.removeThis(index + 1)}
                    onClick={() => remove(index)}
                  >
                    ×
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </TableFrame>
      )}
      {fieldErrors?.root?.message && <p className={styles.error}>{errorText(fieldErrors.root)}</p>}
      {fieldErrors && !Array.isArray(fieldErrors) && fieldErrors.message && (
        <p className={styles.error}>{errorText(fieldErrors)}</p>
      )}
      <div className={styles.buttons}>
        {fields.length < ROWS_MAX && (
          <Button variant="default" size="compact-sm" onClick={add}>
            {text.add}
          </Button>
        )}
        {visible.length < fields.length && (
          <Button variant="subtle" size="compact-sm" onClick={() => setShown(fields.length)}>
            {text.showAll(fields.length)}
          </Button>
        )}
      </div>
    </div>
  )
}

const whole = (text: string) => (/^-?\d{1,3}$/.test(text.trim()) ? Number(text) : undefined)

/** Generates many rows, each longer than the previous one by a fixed number of seats. */
function GenerateRows({ onMake }: { onMake: (rows: ReturnType<typeof generateRows>) => void }) {
  const text = useMessages(builderMessages).rows
  const [fields, setFields] = useState({ from: 'A', count: '12', seats: '20', more: '1' })
  const [count, seats, more] = [whole(fields.count), whole(fields.seats), whole(fields.more)]
  const isFine =
    /^[A-Z0-9]{1,4}$/i.test(fields.from) &&
    count !== undefined &&
    count > 0 &&
    seats !== undefined &&
    more !== undefined
  const field = (key: keyof typeof fields, label: string) => (
    <TextInput
      size="xs"
      label={label}
      value={fields[key]}
      onChange={({ currentTarget }) => setFields({ ...fields, [key]: currentTarget.value })}
    />
  )
  return (
    <div className={styles.make}>
      {field('count', text.make.count)}
      {field('from', text.make.from)}
      {field('seats', text.make.seats)}
      {field('more', text.make.more)}
      <Button
        size="xs"
        variant="default"
        disabled={!isFine}
        onClick={() =>
          isFine && onMake(generateRows(fields.from.toUpperCase(), Math.min(count, ROWS_MAX), seats, more))
        }
      >
        {text.make.submit}
      </Button>
    </div>
  )
}
