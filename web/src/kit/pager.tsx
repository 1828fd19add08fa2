import { Link } from 'react-router'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'
import styles from './pager.module.css'

type Props = {
  cursor: string | undefined
  next: string | null | undefined
  /** The address of a page; the first one has no cursor. */
  to: (cursor: string | undefined) => string
}

/** Leads through a list of which only the way forward is known; the browser knows the way back. */
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
