import { useMutation, useQueryClient } from '@tanstack/react-query'
import { isProblem } from '@/api/problem'
import { type User, updateSessionUser } from '@/api/session'
import { useUser } from '@/api/use-session'
import { changeUser, type Role, USERS_KEY } from '@/api/users'
import { useMessages } from '@/i18n/messages'
import { ConfirmDialog } from '@/kit/confirm-dialog'
import { problemText } from '@/kit/problem-text'
import { adminMessages } from './messages'

export type UserChange = { user: User; role: Role } | { user: User; status: 'active' | 'suspended' }

type Props = { change: UserChange; onClose: () => void; onChanged: (announcement: string) => void }

/** Explains a change of an account and asks to confirm it. */
export function ChangeUserDialog({ change, onClose, onChanged }: Props) {
  const text = useMessages(adminMessages)
  const queryClient = useQueryClient()
  const me = useUser()
  const { user } = change
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => {
      const body = 'role' in change ? { role: change.role } : { status: change.status }
      return changeUser(user.id, body)
    },
    onSuccess: (changed) => {
      void queryClient.invalidateQueries({ queryKey: USERS_KEY })
      if (changed.id === me?.id) updateSessionUser(changed)
      onChanged(happened())
      onClose()
    },
  })

  const happened = () => {
    if ('role' in change) return text.roleChanged(user.username, text.roles[change.role])
    return change.status === 'active' ? text.reactivated(user.username) : text.suspended(user.username)
  }
  const asked = (): { title: string; text?: string; confirm: string } => {
    if ('role' in change) {
      const means = { user: text.askUserText, manager: text.askManagerText, admin: text.askAdminText }
      const title = text.askRole(user.username, text.roles[change.role].toLowerCase())
      return { title, text: means[change.role], confirm: text.changeRole }
    }
    if (change.status === 'active')
      return { title: `${text.reactivateOf(user.username)}?`, confirm: text.reactivate }
    return { title: text.askSuspend(user.username), text: text.askSuspendText, confirm: text.suspend }
  }
  const refusal = () => {
    if (!error) return undefined
    if (isProblem(error, 'last_admin')) return text.lastAdmin
    return isProblem(error, 'account_erased') ? text.erased : problemText(error)
  }
  const question = asked()
  return (
    <ConfirmDialog
      title={question.title}
      confirm={question.confirm}
      isDangerous={'status' in change && change.status === 'suspended'}
      isPending={isPending}
      refusal={refusal()}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      {question.text !== undefined && <p>{question.text}</p>}
    </ConfirmDialog>
  )
}
