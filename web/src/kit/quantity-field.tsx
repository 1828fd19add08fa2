import { useId } from 'react'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import styles from './quantity-field.module.css'

type Props = { label: string; value: number; max: number; onChange: (value: number) => void }

/** A number input with two buttons. */
export function QuantityField({ label, value, max, onChange }: Props) {
  const text = useMessages(kitMessages).quantity
  const id = useId()
  const change = (next: number) => onChange(Math.min(max, Math.max(1, next)))
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.stepper}>
        <button type="button" aria-label={text.fewer} disabled={value <= 1} onClick={() => change(value - 1)}>
          −
        </button>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={1}
          max={max}
          value={value}
          onChange={(event) => change(Math.trunc(Number(event.currentTarget.value)) || 1)}
        />
        <button
          type="button"
          aria-label={text.more}
          disabled={value >= max}
          onClick={() => change(value + 1)}
        >
          +
        </button>
      </div>
    </div>
  )
}
