import type { MouseEvent, Ref } from 'react'
import { useMessages } from '@/i18n/messages'
import { type Area, type Hall, MARK_KINDS } from './hall'
import { builderMessages } from './messages'
import { type Place, spotOf } from './plan-cursor'
import styles from './plan-preview.module.css'

/** Of the room that a seat has. */
const SEAT = 0.74
const CURSOR = 0.6
/** So many prices have a colour of their own. */
export const INKS = 6

type Props = {
  ref: Ref<SVGSVGElement>
  hall: Hall
  /** What of it is seen. */
  box: Hall['box']
  /** The section that is seen alone: its name would only cover its seats. */
  alone: Area | undefined
  prices: string[]
  cursor: Place | undefined
  /** A click, at a point of the browser's window. */
  onClick: (event: MouseEvent) => void
}

/** The hall from above, the stage at its top. */
export function PlanDrawing({ ref, hall, box, alone, prices, cursor, onClick }: Props) {
  const text = useMessages(builderMessages).preview
  const { stage } = hall
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the frame around it takes the keys.
    <svg
      ref={ref}
      className={styles.drawing}
      viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
      role="img"
      aria-label={text.described(hall.areas.length, hall.tickets)}
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
        fontSize={Math.min((stage.bottom - stage.top) * 0.5, hall.box.width / 36)}
      >
        {text.stage}
      </text>
      {hall.areas.map((area, index) => (
        <AreaDrawing
          key={area.key}
          area={area}
          ink={prices.indexOf(area.price) % INKS}
          size={box.width / 30}
          cursor={cursor?.area === index ? cursor : undefined}
          isNamed={area !== alone}
        />
      ))}
    </svg>
  )
}

type AreaProps = { area: Area; ink: number; size: number; cursor: Place | undefined; isNamed: boolean }

function AreaDrawing({ area, ink, size, cursor, isNamed }: AreaProps) {
  const { x, y, width, height, rotation, pitch } = area
  const room = pitch && Math.min(pitch.x, pitch.y)
  const spot = cursor && spotOf(area, cursor)
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
