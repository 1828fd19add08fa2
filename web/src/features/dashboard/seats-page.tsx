import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import type { Section } from '@/api/concerts'
import { managedAvailabilityQuery } from '@/api/organiser'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { usePageTitle } from '@/kit/page-title'
import { useLayoutConcert } from './concert-layout'
import { dashboardMessages } from './messages'
import { SeatedSection } from './seated-section'
import styles from './seats-page.module.css'
import { StandingSection } from './standing-section'

/** Blocks and unblocks seats, one section at a time. */
export function SeatsPage() {
  const concert = useLayoutConcert()
  const text = useMessages(dashboardMessages).seats
  const formats = useFormats()
  const [parameters, setParameters] = useSearchParams()
  const { data: availability } = useQuery(managedAvailabilityQuery(concert.id))
  usePageTitle(`${text.title} · ${concert.name}`)

  const named = parameters.get('section')
  const section = concert.sections.find(({ code }) => code === named) ?? concert.sections[0]
  if (!section) return null
  const left = new Map(availability?.sections.map(({ code, available }) => [code, available]))
  const option = ({ code, name, total }: Section) => {
    const available = left.get(code)
    const count =
      available === undefined ? '' : ` · ${text.leftOf(formats.number(available), formats.number(total))}`
    return { value: code, label: `${name} (${code})${count}` }
  }
  return (
    <div className={styles.page}>
      <p className={styles.intro}>{text.intro}</p>
      <NativeSelect
        label={text.section}
        className={styles.choice ?? ''}
        value={section.code}
        onChange={({ currentTarget }) => setParameters({ section: currentTarget.value }, { replace: true })}
        data={concert.sections.map(option)}
      />
      {section.kind === 'seated' ? (
        <SeatedSection key={section.code} concert={concert} section={section} />
      ) : (
        <StandingSection key={section.code} concert={concert} section={section} />
      )}
    </div>
  )
}
