import { renderHook } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { kitMessages } from './messages'
import { usePageTitle } from './page-title'

afterEach(() => {
  document.head.replaceChildren()
})

const description = () => document.querySelector('meta[name="description"]')?.getAttribute('content')

test('each page has its own title and description', () => {
  const { rerender } = renderHook(({ title, text }) => usePageTitle(title, text), {
    initialProps: { title: 'Late Set', text: 'Neon Becak · Yogyakarta' as string | undefined },
  })
  expect([document.title, description()]).toEqual(['Late Set · boxoffice', 'Neon Becak · Yogyakarta'])
  rerender({ title: 'Log in', text: undefined })
  expect([document.title, description()]).toEqual(['Log in · boxoffice', kitMessages.en.description])
  expect(document.querySelectorAll('meta[name="description"]')).toHaveLength(1)
})
