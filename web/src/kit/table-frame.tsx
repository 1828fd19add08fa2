import type { ReactNode } from 'react'
import styles from './table-frame.module.css'

type Props = { label: string; isStale?: boolean; children: ReactNode }

/** A dense table that scrolls sideways by itself on narrow screens, also by the arrow keys. */
export function TableFrame({ label, isStale = false, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={styles.frame} aria-label={label} tabIndex={0} data-stale={isStale || undefined}>
      <table className={styles.table}>{children}</table>
    </section>
  )
}
