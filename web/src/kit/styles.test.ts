import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const sources = import.meta.glob<string>('@/**/*.tsx', { eager: true, query: '?raw', import: 'default' })
const styles = readFileSync(resolve(import.meta.dirname, 'mantine.css'), 'utf8')
const IMPORT = /import \{([^}]*)\} from '@mantine\/core'/g

/** The Mantine components that the pages import. */
function partsInUse(): Set<string> {
  const names = Object.values(sources).flatMap((source) =>
    [...source.matchAll(IMPORT)].flatMap(([, list]) => list?.split(',') ?? []),
  )
  return new Set(names.map((name) => name.trim()).filter((name) => /^[A-Z]/.test(name)))
}

test('every Mantine component in use has its styles', () => {
  const parts = [...partsInUse()].filter((part) =>
    existsSync(resolve(import.meta.dirname, `../../node_modules/@mantine/core/styles/${part}.layer.css`)),
  )
  expect(parts).toContain('Button')
  expect(parts.filter((part) => !styles.includes(`/${part}.layer.css`))).toEqual([])
})
