import { zodResolver } from '@hookform/resolvers/zod'
import { Alert, PasswordInput, TextInput } from '@mantine/core'
import { useRef } from 'react'
import { useForm } from 'react-hook-form'
import { Link, Navigate } from 'react-router'
import { z } from 'zod'
import { publicApi } from '@/api/client'
import { isProblem, unwrap } from '@/api/problem'
import { logIn } from '@/api/session'
import { useUser } from '@/api/use-session'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { usePageTitle } from '@/kit/page-title'
import { showServerErrors } from '@/kit/server-errors'
import styles from './account.module.css'
import { LogInReason } from './log-in-reason'
import { accountMessages } from './messages'
import { useLogInRedirect } from './use-log-in-redirect'
import { rateLimitText, useSubmitWithRetry } from './use-submit-with-retry'

const schema = z.object({
  username: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_.-]{3,32}$/),
  email: z.email().max(254),
  password: z.string().min(10).max(128),
})
type Register = z.infer<typeof schema>

const isField = (path: string): path is keyof Register => path in schema.shape

export function RegisterPage() {
  const messages = useMessages(accountMessages)
  const text = messages.register
  const { from, bookingRequest, state, returnState } = useLogInRedirect()
  const user = useUser()
  const { submitWithRetry, hint } = useSubmitWithRetry()
  const wasSent = useRef(false)
  const { register, handleSubmit, setError, formState } = useForm<Register>({
    resolver: zodResolver(schema),
    mode: 'onTouched',
    defaultValues: { username: '', email: '', password: '' },
  })
  usePageTitle(text.title)
  if (user) return <Navigate to={from} replace state={returnState} />

  /**
   * Creates the account. After a lost answer it may exist already; a user who knows its password owns it, so a log-in is
   * tried.
   */
  const open = async (body: Register) => {
    const send = (signal: AbortSignal) => unwrap(publicApi.POST('/users', { body, signal }))
    try {
      await submitWithRetry(send, () => {
        wasSent.current = true
      })
    } catch (error) {
      if (!wasSent.current || !isProblem(error, 'email_taken', 'username_taken')) throw error
      await logIn(body.username, body.password).catch(() => {
        throw error
      })
    }
  }
  const submit = handleSubmit(async (body) => {
    try {
      await open(body)
      wasSent.current = true
      await submitWithRetry((signal) => logIn(body.username, body.password, signal))
    } catch (error) {
      const tooFast = rateLimitText(error)
      if (tooFast !== undefined) return setError('root', { type: 'server', message: tooFast })
      const codes = {
        email_taken: { field: 'email', text: text.emailTaken },
        username_taken: { field: 'username', text: text.usernameTaken },
      } as const
      showServerErrors(error, setError, { isField, codes })
    }
  })
  // Errors of the server carry a text; errors of the schema get one in the current language.
  const fault = (field: keyof Register, rule: string) => {
    const error = formState.errors[field]
    return error && (error.type === 'server' ? error.message : rule)
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate aria-label={text.title}>
      <h1>{text.title}</h1>
      <p className={styles.text}>{text.text}</p>
      <LogInReason bookingRequest={bookingRequest} of="register" />
      {hint}
      {formState.errors.root && (
        <Alert color="red" role="alert">
          {formState.errors.root.message}
        </Alert>
      )}
      <TextInput
        size="md"
        label={text.username}
        description={text.usernameHint}
        autoComplete="username"
        autoCapitalize="none"
        error={fault('username', messages.usernameRule)}
        {...register('username')}
      />
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
        label={text.password}
        description={text.passwordHint}
        autoComplete="new-password"
        error={fault('password', messages.passwordRule)}
        aria-invalid={formState.errors.password !== undefined}
        {...register('password')}
      />
      <ActionButton type="submit" size="md" loading={formState.isSubmitting}>
        {text.submit}
      </ActionButton>
      <p className={styles.other}>
        {text.haveAccount}{' '}
        <Link to="/login" state={state}>
          {messages.logIn.submit}
        </Link>
      </p>
    </form>
  )
}
