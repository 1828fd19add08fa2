import { zodResolver } from '@hookform/resolvers/zod'
import { Alert, PasswordInput, TextInput } from '@mantine/core'
import { useForm } from 'react-hook-form'
import { Link, Navigate } from 'react-router'
import { z } from 'zod'
import { isProblem } from '@/api/problem'
import { logIn } from '@/api/session'
import { useUser } from '@/api/use-session'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { usePageTitle } from '@/kit/page-title'
import { problemText } from '@/kit/problem-text'
import styles from './account.module.css'
import { LogInReason } from './log-in-reason'
import { accountMessages } from './messages'
import { useLogInRedirect } from './use-log-in-redirect'
import { rateLimitText, useSubmitWithRetry } from './use-submit-with-retry'

const schema = z.object({ login: z.string().trim().min(1).max(254), password: z.string().min(1).max(128) })
type LogIn = z.infer<typeof schema>

export function LogInPage() {
  const messages = useMessages(accountMessages)
  const text = messages.logIn
  const { from, ended, bookingRequest, state, returnState } = useLogInRedirect()
  const user = useUser()
  const { submitWithRetry, hint } = useSubmitWithRetry()
  const { register, handleSubmit, setError, resetField, setFocus, formState } = useForm<LogIn>({
    resolver: zodResolver(schema),
    defaultValues: { login: '', password: '' },
  })
  usePageTitle(text.title)
  if (user) return <Navigate to={from} replace state={returnState} />

  const submit = handleSubmit(async ({ login, password }) => {
    try {
      await submitWithRetry((signal) => logIn(login, password, signal))
    } catch (error) {
      // Keeps the input after other errors.
      if (isProblem(error, 'wrong_credentials')) {
        resetField('password')
        setFocus('password')
      }
      setError('root', { message: refusal(error, text) })
    }
  })
  return (
    <form className={styles.form} onSubmit={submit} noValidate aria-label={text.title}>
      <h1>{text.title}</h1>
      <LogInReason bookingRequest={bookingRequest} of="logIn" />
      {ended && <Alert color="yellow">{text.ended}</Alert>}
      {hint}
      {formState.errors.root && (
        <Alert color="red" role="alert">
          {formState.errors.root.message}
        </Alert>
      )}
      <TextInput
        size="md"
        label={text.login}
        autoComplete="username"
        autoCapitalize="none"
        error={formState.errors.login && messages.required}
        {...register('login')}
      />
      <PasswordInput
        size="md"
        label={text.password}
        autoComplete="current-password"
        error={formState.errors.password && messages.required}
        aria-invalid={formState.errors.password !== undefined}
        {...register('password')}
      />
      <ActionButton type="submit" size="md" loading={formState.isSubmitting}>
        {text.submit}
      </ActionButton>
      <p className={styles.other}>
        {text.first}{' '}
        <Link to="/register" state={state}>
          {text.register}
        </Link>
      </p>
    </form>
  )
}

function refusal(error: unknown, text: { wrong: string; suspended: string }): string {
  if (isProblem(error, 'wrong_credentials', 'malformed_request')) return text.wrong
  if (isProblem(error, 'account_suspended')) return text.suspended
  return rateLimitText(error) ?? problemText(error)
}
