/** A background and three colours, dark enough for white text beside them. */
const PALETTES = [
  ['#2b1b3d', '#e8623f', '#f6b05c', '#7b4fa3'],
  ['#0f2d33', '#f2c14e', '#3fa796', '#e4572e'],
  ['#3a0f1e', '#f28f79', '#c3344f', '#f7d9a8'],
  ['#141e46', '#ef7b5b', '#4e7ae0', '#f4d35e'],
  ['#1f2a1c', '#e3b04b', '#6c9a5b', '#f0e2c0'],
  ['#38200f', '#f2a03d', '#d1512d', '#f5e1be'],
  ['#191927', '#c86fc9', '#5b6ee1', '#f3c6a5'],
  ['#10312a', '#f08a5d', '#58b09c', '#f9ed9a'],
] as const

type Circle = {
  key: string
  cx: number
  cy: number
  r: number
  fill: string
  stroke?: string
  strokeWidth?: number
  opacity?: number
}
type Path = { key: string; d: string; fill: string; stroke?: string; strokeWidth?: number; opacity?: number }
export type Artwork = { ground: string; shapes: (Circle | Path)[] }

type Inks = readonly [string, string, string]
type Draw = (random: () => number, inks: Inks) => (Circle | Path)[]

const WIDTH = 400
const HEIGHT = 300

/** A generator of pseudo-random numbers below 1, seeded by a text (FNV-1a, then mulberry32). */
function randomFrom(seed: string): () => number {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const between = (random: () => number, low: number, high: number) => low + random() * (high - low)
const round = (value: number) => Math.round(value * 10) / 10
const inkAt = (inks: Inks, index: number) => inks[index % inks.length] ?? inks[0]

/** Concentric rings. */
const rings: Draw = (random, inks) => {
  const cx = round(between(random, 60, 340))
  const cy = round(between(random, 190, 330))
  return Array.from({ length: 9 }, (_, index) => ({
    key: `ring-${index}`,
    cx,
    cy,
    r: 26 + index * 31,
    fill: index === 0 ? inks[0] : 'none',
    stroke: inkAt(inks, index),
    strokeWidth: round(between(random, 3, 15)),
    opacity: round(1 - index * 0.07),
  }))
}

/** Bars of a waveform. */
const bars: Draw = (random, inks) => {
  const step = 20
  const phase = between(random, 0, 6)
  return Array.from({ length: WIDTH / step }, (_, index) => {
    const swell = Math.sin(index / 2.7 + phase) * 0.5 + 0.5
    const half = round(14 + swell * between(random, 55, 115))
    const x = index * step + step / 2
    return {
      key: `bar-${index}`,
      d: `M${x} ${HEIGHT / 2 - half}V${HEIGHT / 2 + half}`,
      fill: 'none',
      stroke: inkAt(inks, Math.floor(random() * 3)),
      strokeWidth: 9,
    }
  })
}

/** Spotlights on a stage. */
const beams: Draw = (random, inks) => {
  const beam = (index: number): Path => {
    const top = round(between(random, 20, 380))
    const foot = round(between(random, -40, 440))
    const wide = round(between(random, 50, 120))
    return {
      key: `beam-${index}`,
      d: `M${top} -20L${foot - wide} 320H${foot + wide}Z`,
      fill: inkAt(inks, index),
      opacity: 0.5,
    }
  }
  const stage: Path = { key: 'stage', d: 'M-20 262Q200 222 420 262V320H-20Z', fill: inks[2], opacity: 0.95 }
  return [...Array.from({ length: 5 }, (_, index) => beam(index)), stage]
}

/** A sun behind hills. */
const hills: Draw = (random, inks) => {
  const sun: Circle = {
    key: 'sun',
    cx: round(between(random, 90, 310)),
    cy: round(between(random, 95, 150)),
    r: round(between(random, 55, 85)),
    fill: inks[0],
  }
  const hill = (index: number): Path => {
    const y = 150 + index * 45
    const [one, two] = [round(between(random, -55, 20)), round(between(random, -20, 55))]
    return {
      key: `hill-${index}`,
      d: `M-10 ${y}C90 ${y + one} 150 ${y + two} 220 ${y}S340 ${y - two} 410 ${y + one / 2}V310H-10Z`,
      fill: inkAt(inks, index + 1),
      opacity: round(0.55 + index * 0.15),
    }
  }
  return [sun, hill(0), hill(1), hill(2)]
}

/** Rows of seats, some of them taken. */
const seats: Draw = (random, inks) => {
  const shapes: Circle[] = []
  for (let row = 0; row < 8; row += 1) {
    const radius = 95 + row * 32
    const count = 9 + row * 2
    for (let seat = 0; seat < count; seat += 1) {
      const angle = Math.PI * (0.12 + (0.76 * seat) / (count - 1))
      const taken = random() < 0.42
      shapes.push({
        key: `seat-${row}-${seat}`,
        cx: round(WIDTH / 2 - Math.cos(angle) * radius),
        cy: round(-40 + Math.sin(angle) * radius),
        r: 9,
        fill: taken ? inkAt(inks, Math.floor(random() * 3)) : 'none',
        stroke: inks[2],
        strokeWidth: 1.5,
        opacity: taken ? 1 : 0.45,
      })
    }
  }
  return shapes
}

/** Vibrating strings. */
const strings: Draw = (random, inks) =>
  Array.from({ length: 9 }, (_, index) => {
    const y = 26 + index * 31
    const swing = round(between(random, 8, 46))
    const ink = inkAt(inks, Math.floor(random() * 3))
    const side = (name: string, bow: number): Path => ({
      key: `string-${index}-${name}`,
      d: `M-10 ${y}Q${round(WIDTH / 2 + between(random, -90, 90))} ${round(y + bow)} 410 ${y}`,
      fill: 'none',
      stroke: ink,
      strokeWidth: round(1.5 + index * 0.7),
      opacity: bow > 0 ? 1 : 0.4,
    })
    return [side('near', swing), side('far', -swing)]
  }).flat()

/** Lanterns over a street. */
const lanterns: Draw = (random, inks) =>
  Array.from({ length: 8 }, (_, index): (Circle | Path)[] => {
    const x = round(30 + index * 49 + between(random, -12, 12))
    const y = round(between(random, 60, 235))
    const r = round(between(random, 16, 34))
    const ink = inkAt(inks, Math.floor(random() * 3))
    return [
      {
        key: `cord-${index}`,
        d: `M${x} -10V${y}`,
        fill: 'none',
        stroke: ink,
        strokeWidth: 1.5,
        opacity: 0.6,
      },
      { key: `glow-${index}`, cx: x, cy: y, r: round(r * 1.9), fill: ink, opacity: 0.16 },
      { key: `lantern-${index}`, cx: x, cy: y, r, fill: ink },
    ]
  }).flat()

const MOTIFS: readonly Draw[] = [strings, beams, seats, rings, lanterns, bars, hills]

/**
 * Generates the picture of a concert. The name selects the motif and the colours, so the concerts of a tour look
 * alike; the id varies the details.
 */
export function generateArtwork(id: string, name: string): Artwork {
  const choice = randomFrom(name)
  const palette = PALETTES[Math.floor(choice() * PALETTES.length)] ?? PALETTES[0]
  const motif = MOTIFS[Math.floor(choice() * MOTIFS.length)] ?? rings
  const [ground, ...inks] = palette
  return { ground, shapes: motif(randomFrom(id + name), inks) }
}
