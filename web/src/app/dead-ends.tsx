import { Button } from '@mantine/core'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { useMessages } from '@/i18n/messages'
import { Notice } from '@/kit/notice'
import { appMessages } from './messages'

export function NotFound() {
  const text = useMessages(appMessages).notFound
  return (
    <Notice title={text.title} text={text.text}>
      <Button component={Link} to="/">
        {text.home}
      </Button>
    </Notice>
  )
}

export function Forbidden() {
  const text = useMessages(appMessages).forbidden
  return <Notice title={text.title} text={text.text} />
}

/** A newer version was installed while this page was open, so that a part of the old one is not there any more. */
function isMissingPart(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
}

const RELOADED = 'boxoffice.reloaded'

export function Broken({ error }: { error: unknown }) {
  const text = useMessages(appMessages).broken
  useEffect(() => {
    // Once, lest a server that lacks the part for ever keeps the page loading.
    if (isMissingPart(error) && sessionStorage.getItem(RELOADED) === null) {
      sessionStorage.setItem(RELOADED, '1')
      window.location.reload()
    }
  }, [error])
  return (
    <Notice title={text.title} text={text.text}>
      <Button onClick={() => window.location.reload()}>{text.reload}</Button>
    </Notice>
  )
}
