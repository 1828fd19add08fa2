import { useEffect, useState } from 'react'

const KEY = 'boxoffice.chosen.'

function remembered(concertId: string): string[] {
  try {
    const labels: unknown = JSON.parse(sessionStorage.getItem(KEY + concertId) ?? '[]')
    return Array.isArray(labels) ? labels.filter((label) => typeof label === 'string') : []
  } catch {
    return []
  }
}

/** The labels of the seats that were picked; they survive a reload, and a log-in. */
export function useChosen(concertId: string) {
  const [labels, setLabels] = useState(() => remembered(concertId))
  useEffect(() => {
    sessionStorage.setItem(KEY + concertId, JSON.stringify(labels))
  }, [concertId, labels])
  return [labels, setLabels] as const
}

/** Forgets them for good, because they have become a booking. */
export function forgetChosen(concertId: string): void {
  sessionStorage.removeItem(KEY + concertId)
}
