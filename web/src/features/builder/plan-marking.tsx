import { NativeSelect, SegmentedControl } from '@mantine/core'
import { type KeyboardEvent, type MouseEvent, useId, useRef, useState } from 'react'
import { useMessages } from '@/i18n/messages'
import styles from './builder.module.css'
import type { ConcertForm } from './form'
import { boxAround, type Hall, MARK_KINDS, type MarkKind } from './hall'
import { builderMessages } from './messages'
import { type Direction, firstPlace, markOf, type Place, placeAt, step } from './plan-cursor'
import { PlanDrawing } from './plan-drawing'
import preview from './plan-preview.module.css'
import { useMarks } from './use-marks'

type Props = { form: ConcertForm; hall: Hall; prices: string[] }

const KEYS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'begin',
  End: 'end',
  PageUp: 'before',
  PageDown: 'behind',
}

/** The plan, on which seats are marked by mouse, finger or keyboard; the lists of the rows say the same and follow. */
export function PlanMarking({ form, hall, prices }: Props) {
  const messages = useMessages(builderMessages)
  const text = messages.preview.marking
  const help = useId()
  const drawing = useRef<SVGSVGElement>(null)
  const [kind, setKind] = useState<MarkKind>('wheelchair')
  const [shown, setShown] = useState('')
  const [cursor, setCursor] = useState<Place>()
  const { toggle, refused } = useMarks(form)

  const nameOf = (index: number) => hall.areas[index]?.name.trim() || messages.section.unnamed(index + 1)
  const area = shown === '' ? undefined : hall.areas[Number(shown)]
  const hasSeats = firstPlace(hall) !== undefined
  const go = (place: Place) => {
    setCursor(place)
    // A cursor that leaves the section that is shown stays in view.
    if (area && place.area !== Number(shown)) setShown(String(place.area))
  }
  const onClick = ({ clientX, clientY }: MouseEvent) => {
    const toPlan = drawing.current?.getScreenCTM()?.inverse()
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(toPlan)
    const place = placeAt(hall, x, y)
    if (!place) return
    setCursor(place)
    toggle(place, kind)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const from = cursor ?? firstPlace(hall)
    const direction = KEYS[event.key]
    const isMarking = event.key === ' ' || event.key === 'Enter'
    if (!from || !(direction || isMarking)) return
    event.preventDefault()
    if (direction) go(step(hall, from, direction))
    else {
      setCursor(from)
      toggle(from, kind)
    }
  }
  const drawn = (
    <PlanDrawing
      ref={drawing}
      hall={hall}
      box={area ? boxAround([area]) : hall.box}
      alone={area}
      prices={prices}
      cursor={cursor}
      onClick={onClick}
    />
  )
  if (!hasSeats) return drawn
  const row = cursor && hall.areas[cursor.area]?.rows[cursor.row]
  const mark = cursor && markOf(hall, cursor)
  const here = cursor && row && text.seat(nameOf(cursor.area), row.label, cursor.seat)
  return (
    <>
      <div className={preview.tools}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={text.as}
          value={kind}
          onChange={(next) => setKind(MARK_KINDS.find((known) => known === next) ?? kind)}
          data={MARK_KINDS.map((value) => ({ value, label: messages.preview.marks[value] }))}
        />
        {hall.areas.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label={text.show}
            value={area ? shown : ''}
            onChange={({ currentTarget }) => setShown(currentTarget.value)}
            data={[
              { value: '', label: text.whole },
              ...hall.areas.map(({ key }, index) => ({ value: key, label: nameOf(index) })),
            ]}
          />
        )}
        <p className={styles.hint}>{text.hint}</p>
      </div>
      <p id={help} className={styles.unseen}>
        {text.keys}
      </p>
      <div
        className={preview.frame}
        role="application"
        aria-label={text.plan}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is worked by keyboard.
        tabIndex={0}
        onFocus={() => setCursor((known) => known ?? firstPlace(hall))}
        onKeyDown={onKeyDown}
      >
        {drawn}
      </div>
      <p className={preview.spoken} aria-live="polite">
        {refused && refused === cursor
          ? text.unfinished(nameOf(refused.area), hall.areas[refused.area]?.rows[refused.row]?.label ?? '')
          : here && [here, mark && messages.preview.marks[mark]].filter(Boolean).join(': ')}
      </p>
    </>
  )
}
