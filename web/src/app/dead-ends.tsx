import { Button } from '@mantine/core'
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

export function Broken() {
  const text = useMessages(appMessages).broken
  return (
    <Notice title={text.title} text={text.text}>
      <Button onClick={() => window.location.reload()}>{text.reload}</Button>
    </Notice>
  )
}
