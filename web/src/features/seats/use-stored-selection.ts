import { useEffect, useState } from 'react'

const KEY = 'boxoffice.chosen.'

function loadSelection(concertId: string): string[] {
  try {
    const labels: unknown = JSON.parse(sessionStorage.getItem(KEY + concertId) ?? '[]')
    return Array.isArray(labels) ? labels.filter((label) => typeof label === 'string') : []
  } catch {
    return []
  }
}

/** The labels of the selected seats, kept in the session storage across reloads and a log-in. */
export function useStoredSelection(concertId: string) {
  const [labels, setLabels] = useState(() => loadSelection(concertId))
  useEffect(() => {
    sessionStorage.setItem(KEY + concertId, JSON.stringify(labels))
  }, [concertId, labels])
  return [labels, setLabels] as const
}

export function clearStoredSelection(concertId: string): void {
  sessionStorage.removeItem(KEY + concertId)
}
