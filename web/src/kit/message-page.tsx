import type { ReactNode } from 'react'
import styles from './message-page.module.css'
import { usePageTitle } from './page-title'

type Props = { title: string; text?: ReactNode; children?: ReactNode }

/** A page that has one thing to say: why something is not here, and what to do now. */
export function MessagePage({ title, text, children }: Props) {
  usePageTitle(title)
  return (
    <section className={styles.notice}>
      <h1 className={styles.title}>{title}</h1>
      {text !== undefined && <p className={styles.text}>{text}</p>}
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </section>
  )
}
