import type { ReactNode } from 'react'
import styles from './message-page.module.css'
import { usePageTitle } from './page-title'

type Props = { title: string; text?: ReactNode; children?: ReactNode }

/** A page with one message, such as why a resource is missing, and what to do next. */
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
