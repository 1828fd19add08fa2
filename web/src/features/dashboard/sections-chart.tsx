import type { SalesReport } from '@/api/reports'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { TableFrame } from '@/kit/table-frame'
import styles from './charts.module.css'
import { dashboardMessages } from './messages'

const PARTS = ['sold', 'held', 'blocked'] as const

/** The sections as a table with decorative bars. */
export function SectionsChart({ report }: { report: SalesReport }) {
  const text = useMessages(dashboardMessages).sales
  const formats = useFormats()
  const money = formats.moneyFormatter(
    report.sections.map(({ revenue }) => revenue),
    report.currency,
  )
  return (
    <section className={styles.card} aria-labelledby="by-section">
      <div className={styles.head}>
        <h2 id="by-section">{text.bySection}</h2>
        <ul className={styles.legend}>
          {PARTS.map((part) => (
            <li key={part} data-part={part}>
              {text.parts[part]}
            </li>
          ))}
        </ul>
      </div>
      <p className={styles.soft}>{text.revenueHint}</p>
      <div className={styles.sections}>
        <TableFrame label={text.sectionsTable}>
          <thead>
            <tr>
              <th scope="col">{text.columns.section}</th>
              <th scope="col" data-number>
                {text.columns.sold}
              </th>
              <th scope="col" data-number>
                {text.measures.revenue}
              </th>
            </tr>
          </thead>
          <tbody>
            {report.sections.map(({ code, name, tickets, revenue }) => (
              <tr key={code}>
                <th scope="row" className={styles.section}>
                  <bdi>{name}</bdi>
                  <span className={styles.stack} aria-hidden>
                    {PARTS.map((part) => (
                      <span
                        key={part}
                        data-part={part}
                        style={{ width: `${(tickets[part] / Math.max(1, tickets.total)) * 100}%` }}
                      />
                    ))}
                  </span>
                </th>
                <td data-number>
                  {text.soldOf(formats.number(tickets.sold), formats.number(tickets.total))}
                  {tickets.held + tickets.blocked > 0 && (
                    <span className={styles.soft}>{text.aside(tickets.held, tickets.blocked)}</span>
                  )}
                </td>
                <td data-number>{money(revenue)}</td>
              </tr>
            ))}
          </tbody>
        </TableFrame>
      </div>
    </section>
  )
}
