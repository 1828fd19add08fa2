import { NativeSelect, SegmentedControl } from '@mantine/core'
import { type KeyboardEvent, type MouseEvent, useId, useRef, useState } from 'react'
import { useMessages } from '@/i18n/messages'
import styles from './builder.module.css'
import type { ConcertForm } from './form'
import { LayoutDrawing } from './layout-drawing'
import { type Direction, firstSeat, markOf, moveCursor, type SeatPosition, seatAt } from './layout-navigation'
import preview from './layout-preview.module.css'
import { builderMessages } from './messages'
import { boxAround, MARK_KINDS, type MarkKind, type SeatingLayout } from './seating-layout'
import { useSeatMarks } from './use-seat-marks'

type Props = { form: ConcertForm; layout: SeatingLayout; prices: string[] }

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

/** Marks seats on the layout by pointer or keyboard. The rows' lists show the same marks. */
export function SeatMarking({ form, layout, prices }: Props) {
  const messages = useMessages(builderMessages)
  const text = messages.preview.marking
  const help = useId()
  const drawing = useRef<SVGSVGElement>(null)
  const [kind, setKind] = useState<MarkKind>('wheelchair')
  const [shown, setShown] = useState('')
  const [cursor, setCursor] = useState<SeatPosition>()
  const { toggle, refused } = useSeatMarks(form)

  const nameOf = (index: number) => layout.areas[index]?.name.trim() || messages.section.unnamed(index + 1)
  const area = shown === '' ? undefined : layout.areas[Number(shown)]
  const hasSeats = firstSeat(layout) !== undefined
  const go = (place: SeatPosition) => {
    setCursor(place)
    // Shows the section that the cursor has moved to.
    if (area && place.area !== Number(shown)) setShown(String(place.area))
  }
  const onClick = ({ clientX, clientY }: MouseEvent) => {
    const toPlan = drawing.current?.getScreenCTM()?.inverse()
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(toPlan)
    const place = seatAt(layout, x, y)
    if (!place) return
    setCursor(place)
    toggle(place, kind)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const from = cursor ?? firstSeat(layout)
    const direction = KEYS[event.key]
    const isMarking = event.key === ' ' || event.key === 'Enter'
    if (!from || !(direction || isMarking)) return
    event.preventDefault()
    if (direction) go(moveCursor(layout, from, direction))
    else {
      setCursor(from)
      toggle(from, kind)
    }
  }
  const drawn = (
    <LayoutDrawing
      ref={drawing}
      layout={layout}
      box={area ? boxAround([area]) : layout.box}
      alone={area}
      prices={prices}
      cursor={cursor}
      onClick={onClick}
    />
  )
  if (!hasSeats) return drawn
  const row = cursor && layout.areas[cursor.area]?.rows[cursor.row]
  const mark = cursor && markOf(layout, cursor)
  const here = cursor && row && text.seat(nameOf(cursor.area), row.label, cursor.seat)
  return (
    <>
      <div className={preview.tools}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={text.as}
          value={kind}
          onChange={(next) => setKind(MARK_KINDS.find((item) => item === next) ?? kind)}
          data={MARK_KINDS.map((value) => ({ value, label: messages.preview.marks[value] }))}
        />
        {layout.areas.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label={text.show}
            value={area ? shown : ''}
            onChange={({ currentTarget }) => setShown(currentTarget.value)}
            data={[
              { value: '', label: text.whole },
              ...layout.areas.map(({ key }, index) => ({ value: key, label: nameOf(index) })),
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
        // biome-ignore lint/a11y/noNoninteractiveTabindex: `application` is operated by keyboard.
        tabIndex={0}
        onFocus={() => setCursor((current) => current ?? firstSeat(layout))}
        onKeyDown={onKeyDown}
      >
        {drawn}
      </div>
      <p className={preview.spoken} aria-live="polite">
        {refused && refused === cursor
          ? text.unfinished(nameOf(refused.area), layout.areas[refused.area]?.rows[refused.row]?.label ?? '')
          : here && [here, mark && messages.preview.marks[mark]].filter(Boolean).join(': ')}
      </p>
    </>
  )
}
