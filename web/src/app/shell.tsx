import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { Link, NavLink, Outlet, useLocation } from 'react-router'
import { useUser } from '@/api/use-session'
import { chooseLanguage, LANGUAGE_NAMES, LANGUAGES, useLanguage } from '@/i18n/language'
import { useMessages } from '@/i18n/messages'
import { Loading } from '@/kit/loading'
import { ErrorBoundary } from './error-boundary'
import { appMessages } from './messages'
import { mayAct } from './require-user'
import styles from './shell.module.css'
import { useOnline } from './use-online'
import { pageKey, useScrollRestoration } from './use-scroll-restoration'

/** Loaded for users only. When its chunk fails to load, the pages work without it. */
const HeldSeatsBanner = lazy(() =>
  import('@/kit/held-seats-banner').then(
    (module) => ({ default: module.HeldSeatsBanner }),
    () => ({ default: () => null }),
  ),
)

/** Header, page, footer. */
export function Shell() {
  const text = useMessages(appMessages)
  const user = useUser()
  const online = useOnline()
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {text.skip}
      </a>
      <Header />
      {!online && (
        <p className={styles.offline} role="status">
          {text.offline}
        </p>
      )}
      {user && (
        <Suspense fallback={null}>
          <HeldSeatsBanner />
        </Suspense>
      )}
      <Content />
      <footer className={styles.footer}>
        <span>{text.footer}</span>
        <span className={styles.footerTools}>
          <LanguageSwitch />
          <a href="/docs">{text.api}</a>
        </span>
      </footer>
    </div>
  )
}

/** The page. After navigation the focus moves to its beginning, for screen readers and the tab key. */
function Content() {
  const location = useLocation()
  const { pathname } = location
  const page = pageKey(location)
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  useScrollRestoration()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new page moves the focus.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [page])
  return (
    <main id="content" ref={main} tabIndex={-1} className={styles.content}>
      <ErrorBoundary key={pathname}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </ErrorBoundary>
    </main>
  )
}

function Header() {
  const text = useMessages(appMessages)
  const user = useUser()
  return (
    <header className={styles.header}>
      <div className={styles.bar}>
        <Link to="/" className={styles.brand} aria-label={text.home}>
          <Logo />
          <span className={styles.wordmark}>boxoffice</span>
        </Link>
        <nav className={styles.nav} aria-label={text.menu}>
          {user && <NavLink to="/bookings">{text.bookings}</NavLink>}
          {user && mayAct(user, 'manager') && <NavLink to="/manage">{text.manage}</NavLink>}
          {user && mayAct(user, 'admin') && <NavLink to="/admin/users">{text.users}</NavLink>}
        </nav>
        <div className={styles.tools}>
          <ColorSchemeSwitch />
          {user ? (
            <NavLink
              to="/account"
              className={styles.account}
              data-initials={user.username.slice(0, 2)}
              aria-label={text.account(user.username)}
            />
          ) : (
            <LogInLink />
          )}
        </div>
      </div>
    </header>
  )
}

/** After the log-in the user returns to the current page. */
function LogInLink() {
  const { logIn } = useMessages(appMessages)
  const { pathname, search } = useLocation()
  const state = pathname === '/login' || pathname === '/register' ? undefined : { from: pathname + search }
  return (
    <NavLink to="/login" state={state} className={styles.login}>
      {logIn}
    </NavLink>
  )
}

function Logo() {
  return (
    <svg viewBox="0 0 32 24" className={styles.mark} aria-hidden="true">
      <path d="M3 1h26a2 2 0 0 1 2 2v5.500a3.500 3.500 0 0 0 0 7V21a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2v-5.500a3.500 3.500 0 0 0 0-7V3a2 2 0 0 1 2-2z" />
      <path className={styles.perforation} d="M11 4v16" />
      <circle className={styles.dot} cx="20.500" cy="12" r="4" />
    </svg>
  )
}

function ColorSchemeSwitch() {
  const text = useMessages(appMessages)
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  const label = isDark ? text.toLight : text.toDark
  return (
    <button
      type="button"
      className={styles.tool}
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {isDark ? (
          <path d="M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10Zm0-5v2m0 16v2M4.900 4.900l1.400 1.400m11.400 11.400 1.400 1.400M2 12h2m16 0h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400" />
        ) : (
          <path d="M20.500 14.300A8.500 8.500 0 1 1 9.700 3.500a7 7 0 0 0 10.800 10.800Z" />
        )}
      </svg>
    </button>
  )
}

function LanguageSwitch() {
  const text = useMessages(appMessages)
  const language = useLanguage()
  return (
    <fieldset className={styles.languages}>
      <legend className={styles.legend}>{text.language}</legend>
      {LANGUAGES.map((other) => (
        <button
          key={other}
          type="button"
          lang={other}
          aria-pressed={other === language}
          onClick={() => chooseLanguage(other)}
        >
          {LANGUAGE_NAMES[other]}
        </button>
      ))}
    </fieldset>
  )
}
