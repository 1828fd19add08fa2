import { useEffect } from 'react'
import { isolateText } from '@/i18n/isolate'
import { useMessages } from '@/i18n/messages'
import { kitMessages } from './messages'

const SHOP = 'boxoffice'

/** Sets the document's title and description. */
export function usePageTitle(title: string | undefined, description?: string): void {
  const { description: usual } = useMessages(kitMessages)
  useEffect(() => {
    document.title = title === undefined ? SHOP : `${isolateText(title)} · ${SHOP}`
  }, [title])
  useEffect(() => {
    setDescription(description ?? usual)
  }, [description, usual])
}

function setDescription(text: string): void {
  const existing = document.querySelector<HTMLMetaElement>('meta[name="description"]')
  const meta = existing ?? document.head.appendChild(document.createElement('meta'))
  meta.name = 'description'
  meta.content = text
}
