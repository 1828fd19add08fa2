import type { ReactNode } from 'react'
import styles from './table-frame.module.css'

type Props = {
  label: string
  isStale?: boolean
  /**
   * Shows each row as a card on narrow screens. Each cell needs its column's title as `data-label`; the row header is the
   * card's title.
   */
  hasCards?: boolean
  children: ReactNode
}

/** A dense table that scrolls sideways on narrow screens, also by the arrow keys, or becomes a list of cards. */
export function TableFrame({ label, isStale = false, hasCards = false, children }: Props) {
  return (
    <section
      className={styles.frame}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be focusable.
      tabIndex={0}
      data-stale={isStale || undefined}
      data-cards={hasCards || undefined}
    >
      <table className={styles.table}>{children}</table>
    </section>
  )
}
