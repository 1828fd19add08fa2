import { NativeSelect, TextInput } from '@mantine/core'
import type { FieldError, UseFormRegisterReturn } from 'react-hook-form'
import { useMessages } from '@/i18n/messages'
import { instantsOf } from '@/i18n/time'
import type { OffsetField, TimeField } from './form'
import { builderMessages } from './messages'
import { useFieldError } from './use-field-error'

type Props = {
  field: TimeField
  register: (field: TimeField | OffsetField) => UseFormRegisterReturn
  errors: Partial<Record<TimeField | OffsetField, FieldError>>
  /** What is typed right now. */
  wallClock: string
  offset: string
  timeZone: string
  description?: string
  isFixed: boolean
}

/** A time at the venue; in the hour that clocks show twice, which one is asked. */
export function TimeInput({
  field,
  register,
  errors,
  wallClock,
  offset,
  timeZone,
  description,
  isFixed,
}: Props) {
  const text = useMessages(builderMessages).details
  const fault = useFieldError()
  const readings = instantsOf(wallClock, timeZone)
  const isDoubled = readings.length > 1
  return (
    <div>
      <TextInput
        type="datetime-local"
        label={text.fields[field]}
        description={description}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={fault(errors[field])}
        // Not disabled: what cannot be changed can still be read and copied.
        readOnly={isFixed}
        data-fixed={isFixed || undefined}
        {...register(field)}
      />
      {isDoubled && !isFixed && (
        <NativeSelect
          mt="xs"
          label={text.twice}
          aria-label={text.doubled(text.fields[field])}
          error={fault(errors[`${field}_offset`])}
          data={[
            { value: '', label: text.choose },
            ...readings.map(({ offset }, index) => ({
              value: offset,
              label: index === 0 ? text.firstTime(offset) : text.secondTime(offset),
            })),
          ]}
          {...register(`${field}_offset`)}
          value={readings.some((reading) => reading.offset === offset) ? offset : ''}
        />
      )}
    </div>
  )
}
