/** The position of a section on the map, before rotation. */
export type Rectangle = { x: number; y: number; width: number; height: number }

export type SectionExtent = {
  /** The organiser's placement, if any. */
  placed: Rectangle | undefined
  /** The number of rows, and the seats and aisles of the longest one; 0 for standing sections. */
  rows: number
  longest: number
}

export type Bounds = { left: number; top: number; right: number; bottom: number }

/** The size of a section without a placement, in map units. */
const PITCH = 10
const STANDING = { width: 360, height: 90 }
/** The gaps between tiers, and between the sections of a tier. */
const BEHIND = 40
const BESIDE = 20
/** Up to this many sections, or wide ones, are placed one behind the other. */
const STACKED_MAX = 3
const STACKED_ASPECT = 0.5
/** Otherwise they are placed in tiers, so that the map gets about this aspect ratio. */
const ASPECT = 1.5

const STAGE_SHARE = 0.36
const STAGE_SEATS = 11
const STAGE_HEIGHT_SEATS = 4.4
const STAGE_HEIGHT_SHARE = 0.045
const STAGE_DISTANCE = 0.6
/** The width of a map without seats, in seats. */
const PLACES_ACROSS = 36

type Size = { width: number; height: number }

/** Places every section: at the organiser's placement, or behind those, in the order of the list. */
export function placeSections(sections: readonly SectionExtent[]): Rectangle[] {
  const drawn = sections.flatMap(({ placed }) => placed ?? [])
  const middle =
    drawn.length === 0 ? 0 : drawn.reduce((sum, { x, width }) => sum + x + width / 2, 0) / drawn.length
  const sizes = sections.filter(({ placed }) => !placed).map(sizeOf)
  let top = Math.max(0, ...drawn.map(({ y, height }) => y + height + BEHIND))
  const free = tiersOf(sizes).flatMap((tier) => {
    let left = middle - widthOf(tier) / 2
    const row = tier.map((size) => {
      const rectangle = { x: left, y: top, ...size }
      left += size.width + BESIDE
      return rectangle
    })
    top += heightOf(tier) + BEHIND
    return row
  })
  let next = 0
  return sections.map(({ placed }) => {
    if (placed) return placed
    const rectangle = free[next] ?? { x: middle, y: top, ...STANDING }
    next += 1
    return rectangle
  })
}

function sizeOf({ rows, longest }: SectionExtent): Size {
  return rows === 0 || longest === 0 ? STANDING : { width: longest * PITCH, height: rows * PITCH }
}

const widthOf = (tier: Size[]) =>
  tier.reduce((sum, { width }) => sum + width, 0) + BESIDE * Math.max(0, tier.length - 1)
const heightOf = (tier: Size[]) => Math.max(0, ...tier.map(({ height }) => height))

function tiersOf(sizes: Size[]): Size[][] {
  const stacked = sizes.map((size) => [size])
  if (sizes.length <= STACKED_MAX || aspectOf(stacked) >= STACKED_ASPECT) return stacked
  const farFrom = (tiers: Size[][]) => Math.abs(Math.log(aspectOf(tiers) / ASPECT))
  return sizes
    .map((_, index) => inTiersOf(sizes, index + 1))
    .reduce((best, tiers) => (farFrom(tiers) < farFrom(best) ? tiers : best))
}

function inTiersOf(sizes: Size[], count: number): Size[][] {
  return Array.from({ length: Math.ceil(sizes.length / count) }, (_, tier) =>
    sizes.slice(tier * count, (tier + 1) * count),
  )
}

function aspectOf(tiers: Size[][]): number {
  const height = tiers.reduce((sum, tier) => sum + heightOf(tier) + BEHIND, 0)
  return Math.max(...tiers.map(widthOf)) / height
}

/** The stage in front of the sections; `pitch` is the distance of the seats, `undefined` when there are none. */
export function stageOf(bounds: Bounds, pitch: number | undefined): Bounds {
  const width = bounds.right - bounds.left
  const seat = pitch ?? width / PLACES_ACROSS
  const half = Math.max(width * STAGE_SHARE, seat * STAGE_SEATS) / 2
  const height = Math.max(seat * STAGE_HEIGHT_SEATS, width * STAGE_HEIGHT_SHARE)
  const middle = (bounds.left + bounds.right) / 2
  const bottom = bounds.top - height * STAGE_DISTANCE
  return { left: middle - half, right: middle + half, top: bottom - height, bottom }
}
