import { Link } from 'react-router'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import styles from './pager.module.css'

type Props = {
  cursor: string | undefined
  next: string | null | undefined
  /** The URL of a page; the first one has no cursor. */
  to: (cursor: string | undefined) => string
}

/** Pagination by cursors, which know only the next page; the browser's back button leads to the previous one. */
export function Pager({ cursor, next, to }: Props) {
  const text = useMessages(kitMessages).pager
  if (cursor === undefined && !next) return null
  return (
    <nav className={styles.pager} aria-label={text.label}>
      {cursor !== undefined && <Link to={to(undefined)}>{text.first}</Link>}
      {next && (
        <Link to={to(next)} className={styles.next}>
          {text.next}
        </Link>
      )}
    </nav>
  )
}
