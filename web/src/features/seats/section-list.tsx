import { useEffect, useRef } from 'react'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { seatsMessages } from './messages'
import type { SectionArea } from './seat-map-model'
import styles from './section-list.module.css'

type Props = {
  areas: SectionArea[]
  available: ReadonlyMap<string, number>
  priceOf: (area: SectionArea) => string
  /** The code of the section that was closed last. */
  from: string | undefined
  onOpen: (area: SectionArea) => void
}

/** The list of sections. */
export function SectionList({ areas, available, priceOf, from, onOpen }: Props) {
  const text = useMessages(seatsMessages)
  const last = useRef<HTMLButtonElement>(null)
  useEffect(() => last.current?.focus({ preventScroll: true }), [])
  const formats = useFormats()
  return (
    <section aria-labelledby="sections" className={styles.sections}>
      <h2 id="sections">{text.sections}</h2>
      <p className={styles.hint}>{text.hint}</p>
      <ul className={styles.list}>
        {areas.map((area) => {
          const left = available.get(area.code)
          const price = priceOf(area)
          return (
            <li key={area.code}>
              <button
                ref={area.code === from ? last : undefined}
                type="button"
                className={styles.section}
                aria-disabled={left === 0 || undefined}
                onClick={() => left !== 0 && onOpen(area)}
              >
                <strong>
                  <bdi>{area.name}</bdi>
                </strong>
                <span>{price}</span>
                <small>
                  {left === 0 ? text.gone : left !== undefined && text.left(formats.number(left))}
                </small>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
