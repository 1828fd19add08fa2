import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { isProblem } from '@/api/problem'
import { type UsersSearch, usersQuery } from '@/api/users'
import { useMessages } from '@/i18n/messages'
import { ErrorMessage } from '@/kit/error-message'
import { usePageTitle } from '@/kit/page-title'
import { Pager } from '@/kit/pager'
import { SearchField } from '@/kit/search-field'
import { Skeleton } from '@/kit/skeleton'
import { adminMessages } from './messages'
import styles from './users-page.module.css'
import { parametersOf, ROLES, SEARCH_MAX, STATUSES, searchOf } from './users-search'
import { UsersTable } from './users-table'

export function UsersPage() {
  const text = useMessages(adminMessages)
  const [parameters, setParameters] = useSearchParams()
  const [announcement, setAnnouncement] = useState('')
  const search = searchOf(parameters)
  const { data, error, refetch, isPlaceholderData } = useQuery(usersQuery(search))
  usePageTitle(text.title)

  const changeSearch = (change: Partial<UsersSearch>) =>
    setParameters(parametersOf({ ...search, cursor: undefined, ...change }))
  // A cursor from an old bookmark: start at the first page.
  const outdated = isProblem(error, 'invalid_cursor')
  return (
    <>
      <header className={styles.head}>
        <h1>{text.title}</h1>
        <p>{text.text}</p>
      </header>
      <div className={styles.filters}>
        <div className={styles.search}>
          <SearchField
            label={text.search}
            value={search.text}
            maxLength={SEARCH_MAX}
            onSearch={(found) => changeSearch({ text: found })}
          />
        </div>
        <NativeSelect
          aria-label={text.roleFilter}
          value={search.role}
          onChange={({ currentTarget }) =>
            changeSearch({ role: ROLES.find((r) => r === currentTarget.value) ?? '' })
          }
          data={[
            { value: '', label: text.anyRole },
            ...ROLES.map((value) => ({ value, label: text.roles[value] })),
          ]}
        />
        <NativeSelect
          aria-label={text.statusFilter}
          value={search.status}
          onChange={({ currentTarget }) =>
            changeSearch({ status: STATUSES.find((status) => status === currentTarget.value) ?? '' })
          }
          data={[
            { value: '', label: text.anyStatus },
            ...STATUSES.map((value) => ({ value, label: text.statuses[value] })),
          ]}
        />
      </div>
      <p className={styles.announcement} role="status">
        {announcement}
      </p>
      {error && !data && (
        <ErrorMessage error={error} retry={outdated ? () => changeSearch({}) : () => void refetch()} />
      )}
      {!data && !error && <Skeleton lines={8} />}
      {data?.items.length === 0 && (
        <p className={styles.none}>
          {text.none} <Link to="?">{text.showAll}</Link>
        </p>
      )}
      {data && data.items.length > 0 && (
        <UsersTable users={data.items} isStale={isPlaceholderData} onChanged={setAnnouncement} />
      )}
      {data && (
        <Pager
          cursor={search.cursor}
          next={data.next_cursor}
          to={(cursor) => `?${parametersOf({ ...search, cursor })}`}
        />
      )}
    </>
  )
}
