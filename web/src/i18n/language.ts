import { useSyncExternalStore } from 'react'

export const LANGUAGES = ['en', 'id'] as const
export type Language = (typeof LANGUAGES)[number]

export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', id: 'Bahasa Indonesia' }

const CHOSEN = 'boxoffice.language'
const listeners = new Set<() => void>()

function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.some((language) => language === text)
}

/** The stored choice, or the first of the browser's languages that is supported. */
function preferred(): Language {
  const chosen = localStorage.getItem(CHOSEN)
  if (isLanguage(chosen)) return chosen
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en'
}

let current: Language = preferred()
document.documentElement.lang = current

export function currentLanguage(): Language {
  return current
}

export function chooseLanguage(language: Language): void {
  current = language
  localStorage.setItem(CHOSEN, language)
  document.documentElement.lang = language
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, currentLanguage)
}
