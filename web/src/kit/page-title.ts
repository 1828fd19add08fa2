import { useEffect } from 'react'
import { isolate } from '@/i18n/isolate'

const SHOP = 'boxoffice'

/** Names the page in the browser's tab and in its history. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? SHOP : `${isolate(title)} · ${SHOP}`
  }, [title])
}
