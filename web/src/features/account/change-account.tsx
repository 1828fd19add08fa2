import { zodResolver } from '@hookform/resolvers/zod'
import { Alert, PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { api } from '@/api/client'
import { unwrap } from '@/api/problem'
import { logIn, type User, updateSessionUser } from '@/api/session'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { showServerErrors } from '@/kit/server-errors'
import styles from './account.module.css'
import { accountMessages } from './messages'

const schema = z.object({
  email: z.email().max(254),
  new_password: z.union([z.literal(''), z.string().min(10).max(128)]),
  current_password: z.string().min(1).max(128),
})
type Change = z.infer<typeof schema>

const isField = (path: string): path is keyof Change => path in schema.shape

export function ChangeAccount({ user }: { user: User }) {
  const messages = useMessages(accountMessages)
  const text = messages.account
  const [isSaved, setIsSaved] = useState(false)
  const { register, handleSubmit, setError, reset, formState } = useForm<Change>({
    resolver: zodResolver(schema),
    mode: 'onTouched',
    defaultValues: { email: user.email, new_password: '', current_password: '' },
  })
  const { errors, dirtyFields } = formState
  const submit = handleSubmit(async ({ email, new_password, current_password }) => {
    setIsSaved(false)
    if (!dirtyFields.email && new_password === '') {
      setError('root', { message: text.nothing })
      return
    }
    try {
      const body = {
        current_password,
        ...(dirtyFields.email && { email }),
        ...(new_password !== '' && { new_password }),
      }
      const changed = await unwrap(api.PATCH('/users/me', { body }))
      // A new password ends all sessions, including this one.
      if (new_password !== '') await logIn(user.username, new_password)
      else updateSessionUser(changed)
      reset({ email: changed.email, new_password: '', current_password: '' })
      setIsSaved(true)
    } catch (error) {
      const codes = {
        wrong_password: { field: 'current_password', text: text.wrongPassword },
        email_taken: { field: 'email', text: messages.register.emailTaken },
      } as const
      showServerErrors(error, setError, { isField, codes })
    }
  })
  const fault = (field: keyof Change, rule: string) => {
    const error = errors[field]
    return error && (error.type === 'server' ? error.message : rule)
  }
  return (
    <form className={styles.card} onSubmit={submit} noValidate aria-labelledby="change">
      <h2 id="change">{text.change}</h2>
      {errors.root && (
        <Alert color="red" role="alert">
          {errors.root.message}
        </Alert>
      )}
      <TextInput
        size="md"
        type="email"
        label={text.email}
        autoComplete="email"
        error={fault('email', messages.emailRule)}
        {...register('email')}
      />
      <PasswordInput
        size="md"
        label={text.newPassword}
        description={text.newPasswordHint}
        autoComplete="new-password"
        error={fault('new_password', messages.passwordRule)}
        aria-invalid={errors.new_password !== undefined}
        {...register('new_password')}
      />
      <PasswordInput
        size="md"
        label={text.currentPassword}
        autoComplete="current-password"
        error={fault('current_password', messages.required)}
        aria-invalid={errors.current_password !== undefined}
        {...register('current_password')}
      />
      <div className={styles.actions}>
        <ActionButton type="submit" size="md" loading={formState.isSubmitting}>
          {text.save}
        </ActionButton>
        <span role="status">{isSaved && text.saved}</span>
      </div>
    </form>
  )
}
