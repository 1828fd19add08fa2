import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { User } from '@/api/session'
import { useUser } from '@/api/use-session'
import type { Role } from '@/api/users'
import { useFormats } from '@/i18n/format'
import { useMessages } from '@/i18n/messages'
import { Badge } from '@/kit/badge'
import { TableFrame } from '@/kit/table-frame'
import { ChangeUserDialog, type UserChange } from './change-user-dialog'
import { adminMessages } from './messages'
import styles from './users-page.module.css'
import { ROLES } from './users-search'

const TONES = { active: 'good', suspended: 'warn', erased: 'calm' } as const

type Props = { users: User[]; isStale: boolean; onChanged: (announcement: string) => void }

/** The accounts with their roles. Every change must be confirmed. */
export function UsersTable({ users, isStale, onChanged }: Props) {
  const text = useMessages(adminMessages)
  const formats = useFormats()
  const me = useUser()
  const [change, setChange] = useState<UserChange>()
  return (
    <>
      <TableFrame label={text.title} isStale={isStale} hasCards>
        <thead>
          <tr>
            <th scope="col">{text.columns.user}</th>
            <th scope="col">{text.columns.role}</th>
            <th scope="col">{text.columns.status}</th>
            <th scope="col">{text.columns.since}</th>
            <th scope="col">{text.columns.actions}</th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => {
            const isErased = user.status === 'erased'
            return (
              <tr key={user.id}>
                <th scope="row">
                  <bdi>{user.username}</bdi>
                  {user.id === me?.id && <span className={styles.you}> · {text.you}</span>}
                  <span className={styles.email}>
                    <bdi>{user.email}</bdi>
                  </span>
                </th>
                <td data-label={text.columns.role}>
                  <NativeSelect
                    size="xs"
                    className={styles.role ?? ''}
                    aria-label={text.roleOf(user.username)}
                    value={user.role}
                    disabled={isErased}
                    onChange={({ currentTarget }) => {
                      const role: Role = ROLES.find((item) => item === currentTarget.value) ?? user.role
                      if (role !== user.role) setChange({ user, role })
                    }}
                    data={ROLES.map((value) => ({ value, label: text.roles[value] }))}
                  />
                </td>
                <td data-label={text.columns.status}>
                  <Badge tone={TONES[user.status]}>{text.statuses[user.status]}</Badge>
                </td>
                <td className={styles.since} data-label={text.columns.since}>
                  {formats.shortDay(user.created_at)}
                </td>
                <td>
                  {user.status === 'active' && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={text.suspendOf(user.username)}
                      onClick={() => setChange({ user, status: 'suspended' })}
                    >
                      {text.suspend}
                    </Button>
                  )}
                  {user.status === 'suspended' && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={text.reactivateOf(user.username)}
                      onClick={() => setChange({ user, status: 'active' })}
                    >
                      {text.reactivate}
                    </Button>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </TableFrame>
      {change && (
        <ChangeUserDialog change={change} onClose={() => setChange(undefined)} onChanged={onChanged} />
      )}
    </>
  )
}
