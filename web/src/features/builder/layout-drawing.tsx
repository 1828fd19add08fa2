import type { MouseEvent, Ref } from 'react'
import { useMessages } from '@/i18n/messages'
import { type SeatPosition, seatCentre } from './layout-navigation'
import styles from './layout-preview.module.css'
import { builderMessages } from './messages'
import { type LayoutArea, MARK_KINDS, type SeatingLayout } from './seating-layout'

/** The radius as a share of a seat's cell. */
const SEAT = 0.74
const CURSOR = 0.6
/** The number of colours for prices. */
export const PRICE_COLORS = 6

type Props = {
  ref: Ref<SVGSVGElement>
  layout: SeatingLayout
  /** The visible part. */
  box: SeatingLayout['box']
  /** The section that is shown alone, without its name, which would cover the seats. */
  alone: LayoutArea | undefined
  prices: string[]
  cursor: SeatPosition | undefined
  /** Called with a click. */
  onClick: (event: MouseEvent) => void
}

/** The layout as SVG, with the stage at the top. */
export function LayoutDrawing({ ref, layout, box, alone, prices, cursor, onClick }: Props) {
  const text = useMessages(builderMessages).preview
  const { stage } = layout
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the surrounding element handles the keys.
    <svg
      ref={ref}
      className={styles.drawing}
      viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
      role="img"
      aria-label={text.described(layout.areas.length, layout.tickets)}
      onClick={onClick}
    >
      <rect
        className={styles.stage}
        x={stage.left}
        y={stage.top}
        width={stage.right - stage.left}
        height={stage.bottom - stage.top}
        rx={(stage.bottom - stage.top) / 6}
      />
      <text
        className={styles.stageName}
        x={(stage.left + stage.right) / 2}
        y={(stage.top + stage.bottom) / 2}
        fontSize={Math.min((stage.bottom - stage.top) * 0.5, layout.box.width / 36)}
      >
        {text.stage}
      </text>
      {layout.areas.map((area, index) => (
        <AreaDrawing
          key={area.key}
          area={area}
          ink={prices.indexOf(area.price) % PRICE_COLORS}
          size={box.width / 30}
          cursor={cursor?.area === index ? cursor : undefined}
          isNamed={area !== alone}
        />
      ))}
    </svg>
  )
}

type AreaProps = {
  area: LayoutArea
  ink: number
  size: number
  cursor: SeatPosition | undefined
  isNamed: boolean
}

function AreaDrawing({ area, ink, size, cursor, isNamed }: AreaProps) {
  const { x, y, width, height, rotation, pitch } = area
  const room = pitch && Math.min(pitch.x, pitch.y)
  const spot = cursor && seatCentre(area, cursor)
  return (
    <g data-ink={ink} transform={`translate(${x} ${y}) rotate(${rotation} ${width / 2} ${height / 2})`}>
      <rect className={pitch ? styles.ground : styles.floor} width={width} height={height} rx={5} />
      {pitch && room !== undefined && (
        <g strokeWidth={SEAT * room} strokeDasharray={`0 ${pitch.x}`}>
          <path className={styles.seats} d={area.seats} />
          {MARK_KINDS.map((kind) => (
            <path key={kind} className={styles.marks} data-mark={kind} d={area.marks[kind]} />
          ))}
        </g>
      )}
      {isNamed && (
        <text
          className={styles.code}
          x={width / 2}
          y={height / 2}
          fontSize={Math.min(size, height * 0.8)}
          transform={`rotate(${-rotation} ${width / 2} ${height / 2})`}
        >
          {area.code}
        </text>
      )}
      {spot && room !== undefined && (
        <circle
          className={styles.cursor}
          cx={spot.x}
          cy={spot.y}
          r={CURSOR * room}
          strokeWidth={room * 0.16}
        />
      )}
    </g>
  )
}
