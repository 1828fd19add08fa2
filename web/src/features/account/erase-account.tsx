import { Alert, PasswordInput } from '@mantine/core'
import { useForm } from 'react-hook-form'
import { useNavigate } from 'react-router'
import { api } from '@/api/client'
import { isProblem, unwrap } from '@/api/problem'
import { clearSession } from '@/api/session'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { problemText } from '@/kit/problem-text'
import styles from './account.module.css'
import { accountMessages } from './messages'

export function EraseAccount() {
  const messages = useMessages(accountMessages)
  const text = messages.account
  const navigate = useNavigate()
  const { register, handleSubmit, setError, formState } = useForm({ defaultValues: { password: '' } })
  const submit = handleSubmit(async ({ password }) => {
    try {
      await unwrap(api.DELETE('/users/me', { body: { password } }))
      clearSession()
      void navigate('/')
    } catch (error) {
      if (isProblem(error, 'wrong_password')) setError('password', { message: text.wrongPassword })
      else
        setError('root', { message: isProblem(error, 'last_admin') ? text.eraseRefused : problemText(error) })
    }
  })
  const { root, password } = formState.errors
  return (
    <details className={styles.card}>
      <summary>{text.erase}</summary>
      <form className={styles.erase} onSubmit={submit} noValidate aria-label={text.erase}>
        <p className={styles.text}>{text.eraseText}</p>
        {root && (
          <Alert color="red" role="alert">
            {root.message}
          </Alert>
        )}
        <PasswordInput
          size="md"
          label={text.currentPassword}
          autoComplete="current-password"
          error={password && (password.message || messages.required)}
          aria-invalid={password !== undefined}
          {...register('password', { required: true })}
        />
        <ActionButton type="submit" color="red" variant="light" loading={formState.isSubmitting}>
          {text.eraseSubmit}
        </ActionButton>
      </form>
    </details>
  )
}
