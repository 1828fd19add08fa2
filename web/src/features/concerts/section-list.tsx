import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Availability, Concert, Section } from '@/api/concerts'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { kitMessages } from '@/kit/messages'
import { concertsMessages } from './messages'
import styles from './section-list.module.css'

type Props = {
  concert: Concert
  availability: Availability | undefined
  category: string
  quantity: number
  isOpen: boolean
  /** The section whose tickets are being booked. */
  placing: string | undefined
  onTake: (section: Section) => void
}

/** The sections that are shown at first; a list that is only a few longer is shown whole. */
const SHOWN = 8
const FEW_MORE = 4

/** The sections with price and availability, and a button that books the best tickets of each. */
export function SectionList({ concert, availability, category, quantity, isOpen, placing, onTake }: Props) {
  const text = useMessages(concertsMessages)
  const { notInCategory } = useMessages(kitMessages)
  const formats = useFormats()
  const [showsAll, setShowsAll] = useState(concert.sections.length <= SHOWN + FEW_MORE)
  const left = new Map(availability?.sections.map(({ code, available }) => [code, available]))
  const priceOf = ({ prices }: Section) => prices.find(({ code }) => code === category)?.price
  const money = formats.priceFormatter(
    concert.sections.flatMap((section) => priceOf(section) ?? []),
    concert.currency,
  )
  const leftText = (available: number | undefined, total: number) =>
    available === undefined ? ' ' : text.share(formats.number(available), formats.number(total))
  const shown = showsAll ? concert.sections : concert.sections.slice(0, SHOWN)
  return (
    <div>
      <ul className={styles.list} aria-label={text.sections}>
        {shown.map((section) => {
          const { code, name, total } = section
          const price = priceOf(section)
          const available = left.get(code)
          const canTake = isOpen && price !== undefined && available !== undefined && available >= quantity
          return (
            <li
              key={code}
              className={styles.section}
              data-gone={available === 0 || price === undefined || undefined}
            >
              <div className={styles.name}>
                <strong>
                  <bdi>{name}</bdi>
                </strong>
                <span className={styles.left}>
                  {price === undefined ? notInCategory : leftText(available, total)}
                </span>
              </div>
              <span className={styles.price}>{price !== undefined && money(price)}</span>
              {isOpen && (
                <ActionButton
                  variant="light"
                  disabled={!canTake || placing !== undefined}
                  loading={placing === code}
                  aria-label={text.takeBestIn(quantity, name)}
                  onClick={() => onTake(section)}
                >
                  {text.takeBest(quantity)}
                </ActionButton>
              )}
              <span
                className={styles.meter}
                style={
                  {
                    '--left':
                      available === undefined || price === undefined ? 0 : available / Math.max(1, total),
                  } as React.CSSProperties
                }
                aria-hidden
              />
            </li>
          )
        })}
      </ul>
      {!showsAll && (
        <Button variant="subtle" fullWidth onClick={() => setShowsAll(true)}>
          {text.allSections(concert.sections.length)}
        </Button>
      )}
    </div>
  )
}
