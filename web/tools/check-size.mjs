// Checks the size of the JavaScript of the first page and of every other page.
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

const DIST = resolve(import.meta.dirname, '../dist')
/** Brotli-compressed bytes that are loaded before the first page works. */
const INITIAL_MAX = 120_000
/** Brotli-compressed bytes that a page adds. */
const PAGE_MAX = 150_000

const manifest = JSON.parse(readFileSync(`${DIST}/.vite/manifest.json`, 'utf8'))

const withImports = (key, found = new Set()) => {
  if (!found.has(key)) {
    found.add(key)
    for (const imported of manifest[key].imports ?? []) withImports(imported, found)
  }
  return found
}

const bytesOf = (file) => {
  const compressed = statSync(`${DIST}/${file}.br`, { throwIfNoEntry: false })
  return (compressed ?? statSync(`${DIST}/${file}`)).size
}

const sum = (keys) => [...keys].reduce((total, key) => total + bytesOf(manifest[key].file), 0)
const shown = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const initial = withImports(entry)
let failed = false

const check = (name, bytes, max) => {
  console.log(`${shown(bytes).padStart(10)}  ${name}`)
  if (bytes > max) {
    console.error(`${name} has more than ${shown(max)}`)
    failed = true
  }
}

check('the shell with the first page', sum(initial), INITIAL_MAX)
for (const key of Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry)) {
  const added = [...withImports(key)].filter((imported) => !initial.has(imported))
  check(key, sum(added), PAGE_MAX)
}
process.exitCode = failed ? 1 : 0
