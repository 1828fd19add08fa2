import type { Concert } from '@/api/concerts'
import { useUser } from '@/api/use-session'
import { useMessages } from '@/i18n/messages'
import { categoriesFor } from './categories'
import styles from './category-field.module.css'
import { kitMessages } from './messages'

type Props = { concert: Concert; value: string; onChange: (code: string) => void }

/** The choice of a price category, if there are several. */
export function CategoryField({ concert, value, onChange }: Props) {
  const text = useMessages(kitMessages)
  const categories = categoriesFor(concert, useUser())
  if (categories.size < 2) return null
  return (
    <label className={styles.field}>
      {text.category}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {[...categories].map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
