import type { ReactNode } from 'react'
import styles from './table-frame.module.css'

type Props = { label: string; isStale?: boolean; children: ReactNode }

/** A dense table that scrolls sideways on narrow screens, also by the arrow keys. */
export function TableFrame({ label, isStale = false, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be focusable.
    <section className={styles.frame} aria-label={label} tabIndex={0} data-stale={isStale || undefined}>
      <table className={styles.table}>{children}</table>
    </section>
  )
}
