import { expect, test } from 'vitest'
import type { User } from '@/api/session'
import { seated } from '@/testing/concerts'
import { aConcert, aUser } from '@/testing/samples'
import { categoriesFor } from './categories'

const withCrew = aConcert({
  sections: [
    seated(
      'A',
      { '1': 'aa' },
      {
        prices: [
          { code: 'standard', name: 'Standard', price: 100, audience: 'anyone' },
          { code: 'crew', name: 'Crew', price: 0, audience: 'members' },
        ],
      },
    ),
  ],
})

test.each<[User | undefined, string[]]>([
  [undefined, ['standard']],
  [aUser(), ['standard']],
  [aUser({ role: 'manager' }), ['standard', 'crew']],
  [aUser({ role: 'admin' }), ['standard', 'crew']],
])('fans are not offered the prices of the team: %o', (customer, expected) => {
  expect([...categoriesFor(withCrew, customer).keys()]).toEqual(expected)
})
