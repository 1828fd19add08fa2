import { Textarea, TextInput } from '@mantine/core'
import { useId } from 'react'
import type { FieldError, UseFormRegisterReturn } from 'react-hook-form'
import { useMessages } from '@/i18n/messages'
import styles from './builder.module.css'
import type { DetailFields } from './form'
import { builderMessages } from './messages'
import { useFault } from './use-fault'

type Props = {
  register: (field: keyof DetailFields) => UseFormRegisterReturn
  errors: Partial<Record<keyof DetailFields, FieldError>>
  /** The zone that is typed right now. */
  timeZone: string
  /** Fields that cannot be changed any more. */
  fixed?: ReadonlySet<keyof DetailFields>
}

/** What a concert says about itself: what, where, when, and how much of it one person may take. */
export function DetailsFields({ register, errors, timeZone, fixed = new Set() }: Props) {
  const text = useMessages(builderMessages).details
  const fault = useFault()
  const zones = useId()
  const of = (field: keyof DetailFields) => ({
    label: text.fields[field],
    error: fault(errors[field]),
    // Not disabled: what cannot be changed can still be read and copied.
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
        <p className={styles.hint}>{text.timesHint(timeZone)}</p>
        <div className={styles.two}>
          <TextInput type="datetime-local" {...of('starts_at')} />
          <TextInput type="datetime-local" {...of('refundable_until')} description={text.refundableHint} />
          <TextInput type="datetime-local" {...of('sales_start_at')} description={text.startHint} />
          <TextInput type="datetime-local" {...of('sales_end_at')} description={text.endHint} />
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
