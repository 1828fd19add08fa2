/** Above the seats of any row. */
const NUMBERS_MAX = 500

/** Parses a list such as `1, 4, 7-9`; `undefined` when it is malformed. */
export function parseNumberList(text: string): number[] | undefined {
  const numbers: number[] = []
  for (const part of text.split(/[\s,;]+/).filter((part) => part !== '')) {
    const range = /^(\d{1,5})(?:[-–](\d{1,5}))?$/.exec(part)
    if (!range) return undefined
    const from = Number(range[1])
    const to = range[2] === undefined ? from : Number(range[2])
    if (to < from || to - from >= NUMBERS_MAX) return undefined
    for (let number = from; number <= to; number += 1) numbers.push(number)
    if (numbers.length > NUMBERS_MAX) return undefined
  }
  return numbers
}

/** Formats numbers as a list, with ranges. */
export function formatNumberList(numbers: readonly number[]): string {
  const parts: [number, number][] = []
  for (const number of numbers) {
    const last = parts.at(-1)
    if (last && number === last[1] + 1) last[1] = number
    else parts.push([number, number])
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

/** The label after another: `B` after `A`, `AA` after `Z`, `13` after `12`. */
export function nextRowLabel(label: string): string {
  if (/^\d+$/.test(label)) return String(Number(label) + 1)
  const numbered = /^([A-Z]+)(\d+)$/.exec(label)
  if (numbered) return `${numbered[1]}${Number(numbered[2]) + 1}`
  if (!/^[A-Z]+$/.test(label)) return ''
  const kept = label.replace(/Z+$/, '')
  const turned = 'A'.repeat(label.length - kept.length)
  if (kept === '') return `A${turned}`
  const next = String.fromCharCode(kept.charCodeAt(kept.length - 1) + 1)
  return `${kept.slice(0, -1)}${next}${turned}`
}
