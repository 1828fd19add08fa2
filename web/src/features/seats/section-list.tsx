import { useEffect, useRef } from 'react'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from '@/kit/messages'
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
  const { notInCategory } = useMessages(kitMessages)
  const last = useRef<HTMLButtonElement>(null)
  useEffect(() => last.current?.focus({ preventScroll: true }), [])
  const formats = useFormats()
  const leftText = (left: number | undefined) => {
    if (left === undefined) return ''
    return left === 0 ? text.gone : text.left(formats.number(left))
  }
  return (
    <section aria-labelledby="sections" className={styles.sections}>
      <h2 id="sections">{text.sections}</h2>
      <p className={styles.hint}>{text.hint}</p>
      <ul className={styles.list}>
        {areas.map((area) => {
          const left = available.get(area.code)
          const price = priceOf(area)
          const isBookable = left !== 0 && price !== ''
          return (
            <li key={area.code}>
              <button
                ref={area.code === from ? last : undefined}
                type="button"
                className={styles.section}
                aria-disabled={!isBookable || undefined}
                onClick={() => isBookable && onOpen(area)}
              >
                <strong>
                  <bdi>{area.name}</bdi>
                </strong>
                <span>{price}</span>
                <small>{price === '' ? notInCategory : leftText(left)}</small>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
