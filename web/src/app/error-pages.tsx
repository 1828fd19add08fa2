import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { useMessages } from '@/i18n/messages'
import { MessagePage } from '@/kit/message-page'
import { appMessages } from './messages'

export function NotFoundPage() {
  const text = useMessages(appMessages).notFound
  return (
    <MessagePage title={text.title} text={text.text}>
      <Button component={Link} to="/">
        {text.home}
      </Button>
    </MessagePage>
  )
}

export function ForbiddenPage() {
  const text = useMessages(appMessages).forbidden
  return <MessagePage title={text.title} text={text.text} />
}

export function UnexpectedErrorPage() {
  const text = useMessages(appMessages).broken
  return (
    <MessagePage title={text.title} text={text.text}>
      <Button onClick={() => window.location.reload()}>{text.reload}</Button>
    </MessagePage>
  )
}
