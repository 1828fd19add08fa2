import { useMessages } from '@/i18n/messages'
import styles from './legend.module.css'
import { seatsMessages } from './messages'
import type { SeatMapModel } from './seat-map-model'

const USUAL = ['free', 'chosen', 'held', 'gone'] as const
const OWN = 'own' as const
const UNSOLD = 'unsold' as const
const MARKS = ['wheelchair', 'companion', 'restricted_view'] as const

type Props = { seatMap: SeatMapModel; hasOwn: boolean; hasUnsold: boolean }

/** The legend of the map. Marked seats and own seats are listed only where there are some. */
export function Legend({ seatMap, hasOwn, hasUnsold }: Props) {
  const text = useMessages(seatsMessages).legend
  const kinds = new Set(seatMap.rows.flatMap(({ marks }) => [...marks.values()]))
  const shown = [
    ...USUAL,
    ...(hasOwn ? [OWN] : []),
    ...(hasUnsold ? [UNSOLD] : []),
    ...MARKS.filter((mark) => kinds.has(mark)),
  ]
  return (
    <ul className={styles.legend} aria-label={text.title}>
      {shown.map((look) => (
        <li key={look}>
          <svg viewBox="-6 -6 12 12" data-look={look} aria-hidden="true">
            <Shape look={look} />
          </svg>
          {text[look]}
        </li>
      ))}
    </ul>
  )
}

type Look = (typeof USUAL)[number] | typeof OWN | typeof UNSOLD | (typeof MARKS)[number]

function Shape({ look }: { look: Look }) {
  switch (look) {
    case 'free':
      return <circle r="5" />
    case 'chosen':
      return (
        <>
          <rect x="-5.500" y="-5.500" width="11" height="11" rx="2" />
          <path className={styles.tick} d="M-2.500 0-.5 2.200 2.800-2.200" />
        </>
      )
    case 'own':
      return (
        <>
          <rect x="-5" y="-5" width="10" height="10" rx="2" className={styles.frame} />
          <path className={styles.frame} d="M-2.500 0-.5 2.200 2.800-2.200" />
        </>
      )
    case 'held':
      return <circle r="4" className={styles.ring} />
    case 'gone':
      return <path className={styles.cross} d="M-2.500-2.500 2.500 2.500M2.500-2.500-2.500 2.500" />
    case 'unsold':
      return <path className={styles.cross} d="M-2.500 0h5" />
    case 'wheelchair':
      return <rect x="-5" y="-5" width="10" height="10" rx="2" />
    case 'companion':
      return <path d="M0-5 5 0 0 5-5 0Z" />
    case 'restricted_view':
      return <path d="M-5 0a5 5 0 0 0 10 0Z" />
  }
}
