// Checks the imports between layers: features do not import each other; what two of them need belongs to kit/, api/
// or i18n/.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const SRC = resolve(import.meta.dirname, '../src')
const IMPORT = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g

/** Which folders a folder may import from; every file may import from its own. */
const ALLOWED = {
  app: ['features', 'kit', 'api', 'i18n', 'testing'],
  features: ['kit', 'api', 'i18n', 'testing'],
  kit: ['api', 'i18n', 'testing'],
  api: ['i18n', 'testing'],
  i18n: ['testing'],
  testing: ['app', 'kit', 'api', 'i18n'],
}

const folderOf = (path) => {
  const [first, second] = path.split('/')
  return first === 'features' ? { layer: first, feature: second } : { layer: first, feature: undefined }
}

const faults = []
for (const entry of readdirSync(SRC, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue
  const file = join(entry.parentPath, entry.name)
  const own = folderOf(relative(SRC, file))
  if (own.layer.endsWith('.tsx')) continue
  for (const [, target] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const path = target.startsWith('@/')
      ? target.slice(2)
      : target.startsWith('.')
        ? relative(SRC, resolve(entry.parentPath, target))
        : undefined
    if (path === undefined) continue
    const other = folderOf(path)
    const same = other.layer === own.layer && other.feature === own.feature
    if (!same && !ALLOWED[own.layer]?.includes(other.layer)) {
      faults.push(`${relative(SRC, file)} must not import ${target}`)
    }
  }
}
if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exit(1)
}
