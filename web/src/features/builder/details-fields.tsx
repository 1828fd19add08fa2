import { Textarea, TextInput } from '@mantine/core'
import { useId } from 'react'
import type { FieldError, UseFormRegisterReturn } from 'react-hook-form'
import { useMessages } from '@/i18n/messages'
import { isTimeZone } from '@/i18n/time'
import styles from './builder.module.css'
import { type DetailFields, type OffsetField, TIME_FIELDS, type TimeField } from './form'
import { builderMessages } from './messages'
import { TimeInput } from './time-input'
import { useFieldError } from './use-field-error'

type Props = {
  register: (field: keyof DetailFields) => UseFormRegisterReturn
  errors: Partial<Record<keyof DetailFields, FieldError>>
  /** The current values of the fields in `WATCHED_FIELDS`, in that order. */
  watched: [timeZone: string, ...times: string[]]
  /** Read-only fields. */
  fixed?: ReadonlySet<keyof DetailFields>
}

/** The fields for name, venue, times and ticket limits of a concert. */
export function DetailsFields({ register, errors, watched, fixed = new Set() }: Props) {
  const text = useMessages(builderMessages).details
  const errorText = useFieldError()
  const zones = useId()
  const [timeZone, ...times] = watched
  const isKnownZone = isTimeZone(timeZone)
  const hints: Partial<Record<TimeField, string>> = {
    refundable_until: text.refundableHint,
    sales_start_at: text.startHint,
    sales_end_at: text.endHint,
  }
  const of = (field: Exclude<keyof DetailFields, TimeField | OffsetField>) => ({
    label: text.fields[field],
    error: errorText(errors[field]),
    // Read-only instead of disabled, so that the value can be read and copied.
    readOnly: fixed.has(field),
    'data-fixed': fixed.has(field) || undefined,
    inputWrapperOrder: ['label' as const, 'input' as const, 'description' as const, 'error' as const],
    ...register(field),
  })
  return (
    <>
      <fieldset className={styles.group}>
        <legend>{text.show}</legend>
        <TextInput {...of('name')} />
        <TextInput {...of('artist')} />
        <Textarea {...of('description')} rows={4} />
      </fieldset>
      <fieldset className={styles.group}>
        <legend>{text.place}</legend>
        <div className={styles.two}>
          <TextInput {...of('venue')} />
          <TextInput {...of('location')} />
        </div>
        <TextInput {...of('time_zone')} description={text.zoneHint} list={zones} autoComplete="off" />
        <datalist id={zones}>
          {Intl.supportedValuesOf('timeZone').map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>{text.times}</legend>
        <p className={styles.hint}>
          {timeZone === '' || isKnownZone ? text.timesHint(timeZone) : text.unknownZone(timeZone)}
        </p>
        <div className={styles.two}>
          {TIME_FIELDS.map((field, index) => (
            <TimeInput
              key={field}
              field={field}
              register={register}
              errors={errors}
              wallClock={times[index] ?? ''}
              offset={times[TIME_FIELDS.length + index] ?? ''}
              timeZone={timeZone}
              description={hints[field]}
              isFixed={fixed.has(field)}
            />
          ))}
        </div>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>{text.caps}</legend>
        <p className={styles.hint}>{text.capsHint}</p>
        <div className={styles.three}>
          <TextInput inputMode="numeric" {...of('max_tickets_per_booking')} />
          <TextInput inputMode="numeric" {...of('max_tickets_per_user')} />
          <TextInput inputMode="numeric" {...of('max_pending_bookings_per_user')} />
        </div>
      </fieldset>
    </>
  )
}
