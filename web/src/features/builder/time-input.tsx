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
  /** The current input. */
  wallClock: string
  offset: string
  timeZone: string
  description?: string
  isFixed: boolean
}

/** A time in the venue's time zone. In the repeated hour it asks which instant is meant. */
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
  const errorText = useFieldError()
  const readings = instantsOf(wallClock, timeZone)
  const isDoubled = readings.length > 1
  return (
    <div>
      <TextInput
        type="datetime-local"
        label={text.fields[field]}
        description={description}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={errorText(errors[field])}
        // Read-only instead of disabled, so that the value can be read and copied.
        readOnly={isFixed}
        data-fixed={isFixed || undefined}
        {...register(field)}
      />
      {isDoubled && !isFixed && (
        <NativeSelect
          mt="xs"
          label={text.twice}
          aria-label={text.doubled(text.fields[field])}
          error={errorText(errors[`${field}_offset`])}
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
