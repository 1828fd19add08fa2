import { TextInput } from '@mantine/core'
import type { FieldErrors, UseFormRegister } from 'react-hook-form'
import type { Concert } from '@/api/concerts'
import { useMessages } from '@/i18n/messages'
import { TableFrame } from '@/kit/table-frame'
import styles from './builder.module.css'
import type { EditFields } from './concert-changes'
import { builderMessages } from './messages'
import { useFieldError } from './use-field-error'

type Props = {
  concert: Concert
  isFixed: boolean
  register: UseFormRegister<EditFields>
  errors: FieldErrors<EditFields>['sections']
}

/** The prices of future bookings. Existing bookings keep their prices. */
export function PricesEdit({ concert, isFixed, register, errors }: Props) {
  const text = useMessages(builderMessages).edit
  const errorText = useFieldError()
  return (
    <fieldset className={styles.group}>
      <legend>{text.prices}</legend>
      <p className={styles.hint}>{text.pricesHint}</p>
      <TableFrame label={text.prices}>
        <thead>
          <tr>
            <th scope="col">{text.columns.section}</th>
            <th scope="col">{text.columns.category}</th>
            <th scope="col">{text.columns.price(concert.currency)}</th>
          </tr>
        </thead>
        <tbody>
          {concert.sections.flatMap(({ code, name, prices }, section) =>
            prices.map((price, category) => (
              <tr key={`${code}-${price.code}`} className={styles.row}>
                <th scope="row">{category === 0 && name}</th>
                <td>
                  <bdi>{price.name}</bdi>
                </td>
                <td>
                  <TextInput
                    size="xs"
                    inputMode="decimal"
                    aria-label={text.priceOf(name, price.name)}
                    readOnly={isFixed}
                    error={errorText(errors?.[section]?.prices?.[category])}
                    {...register(`sections.${section}.prices.${category}`)}
                  />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </TableFrame>
    </fieldset>
  )
}
