import { expect, test } from 'vitest'
import { mailto } from './mailto'

test.each([
  ['ana@example.com', 'mailto:ana@example.com'],
  ['ana+tickets@example.com', 'mailto:ana%2Btickets@example.com'],
  ['a?cc=all&body=x@example.com', 'mailto:a%3Fcc%3Dall%26body%3Dx@example.com'],
  ['50%#1@example.com', 'mailto:50%25%231@example.com'],
])('mail to %s goes to no one else', (address, link) => {
  expect(mailto(address)).toBe(link)
  const { pathname, search } = new URL(link)
  expect([decodeURIComponent(pathname), search]).toEqual([address, ''])
})
