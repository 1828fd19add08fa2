import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ConnectionError, ProblemError } from '@/api/problem'
import { chooseLanguage, LANGUAGES } from '@/i18n/language'
import { problemMessages } from './problem-messages'
import { fieldErrorText, problemText } from './problem-text'

type Listed = { properties: { code: { 'x-extensible-enum': string[] } } }
const document: { components: { schemas: { Problem: Listed; Fault: Listed } } } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../openapi.json'), 'utf8'),
)
const codesOf = ({ properties }: Listed) => properties.code['x-extensible-enum']
const problemCodes = codesOf(document.components.schemas.Problem)
const faultCodes = codesOf(document.components.schemas.Fault)
/** Its text contains the request's id. */
const OWN_FAULT = 'internal_error'

const problemOf = (code: string, status = 409) =>
  new ProblemError({
    type: `urn:boxoffice:problem:${code}`,
    title: 'Only in English',
    status,
    code,
    errors: [],
    request_id: 'r-17',
  })

afterEach(() => chooseLanguage('en'))

test('there is no text for a code that the API does not have', () => {
  expect(Object.keys(problemMessages.en.codes).filter((code) => !problemCodes.includes(code))).toEqual([])
  expect(Object.keys(problemMessages.en.fieldErrors).filter((code) => !faultCodes.includes(code))).toEqual([])
})

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(problemCodes.filter((code) => code !== OWN_FAULT))('the problem %s has a text', (code) => {
    chooseLanguage(language)
    expect(problemText(problemOf(code))).not.toBe('Only in English')
  })

  test.each(faultCodes)('the fault %s has a text', (code) => {
    chooseLanguage(language)
    expect(fieldErrorText(code, 'only in English')).not.toBe('only in English')
  })

  test('an internal error names the request id', () => {
    chooseLanguage(language)
    expect(problemText(problemOf(OWN_FAULT, 500))).toContain('r-17')
  })
})

test('both languages differ', () => {
  const { en, id } = problemMessages
  const same = (one: object, other: object) =>
    Object.entries(one).filter(([code, text]) =>
      Object.entries(other).some(([c, t]) => c === code && t === text),
    )
  expect([...same(en.codes, id.codes), ...same(en.fieldErrors, id.fieldErrors)]).toEqual([])
})

test('unknown codes show the server’s text', () => {
  expect(problemText(problemOf('invented_later'))).toBe('Only in English')
  expect(problemText(problemOf('invented_later', 500))).toContain('r-17')
  expect(fieldErrorText('invented_later', 'only in English')).toBe('only in English')
})

test('a lost connection has a text of its own', () => {
  expect(problemText(new ConnectionError('no answer'))).toMatch(/^The connection was lost/)
})
