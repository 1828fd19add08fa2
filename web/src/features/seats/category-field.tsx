import type { Concert } from '@/api/concerts'
import { useMessages } from '@/i18n/messages'
import styles from './category-field.module.css'
import { seatsMessages } from './messages'

type Props = { concert: Concert; value: string; onChange: (code: string) => void }

/** For whom the tickets are, where that makes a difference. */
export function CategoryField({ concert, value, onChange }: Props) {
  const text = useMessages(seatsMessages)
  const names = new Map(
    concert.sections.flatMap(({ prices }) => prices.map(({ code, name }) => [code, name])),
  )
  if (names.size < 2) return null
  return (
    <label className={styles.field}>
      {text.category}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {[...names].map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
