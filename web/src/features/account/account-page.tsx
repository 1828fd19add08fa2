import { Button } from '@mantine/core'
import { useNavigate } from 'react-router'
import { logOut } from '@/api/session'
import { useUser } from '@/api/use-session'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { usePageTitle } from '@/kit/page-title'
import styles from './account.module.css'
import { ChangeAccount } from './change-account'
import { EraseAccount } from './erase-account'
import { accountMessages } from './messages'

export function AccountPage() {
  const text = useMessages(accountMessages).account
  const formats = useFormats()
  const navigate = useNavigate()
  const user = useUser()
  usePageTitle(text.title)
  if (!user) return null
  const leave = async () => {
    // Offline, the session is still cleared in this browser.
    await logOut().catch(() => undefined)
    void navigate('/')
  }
  return (
    <div className={styles.account}>
      <header className={styles.who}>
        <div>
          <h1>
            <bdi>{user.username}</bdi>
          </h1>
          <p className={styles.text}>{text.since(formats.shortDay(user.created_at))}</p>
        </div>
        <Button variant="default" onClick={() => void leave()}>
          {text.logOut}
        </Button>
      </header>
      <ChangeAccount key={user.email} user={user} />
      <EraseAccount />
    </div>
  )
}
