import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

export type Settings = Record<string, string>

const TARGET = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target')
const PROGRAM = process.env.BOXOFFICE_PROGRAM ?? join(TARGET, 'debug/boxoffice')
const START_MS = 120_000
const ADDRESS = /shop and API\D*(http:\/\/[\d.]+:\d+)/

/** Runs the program on a database of its own. */
export class Server {
  readonly origin: string
  private readonly child: ChildProcess
  private readonly folder: string
  private readonly log: string[]

  private constructor(origin: string, child: ChildProcess, folder: string, log: string[]) {
    this.origin = origin
    this.child = child
    this.folder = folder
    this.log = log
  }

  static async start(database: string, settings: Settings): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-e2e-'))
    const url = database === 'mysql' ? newDatabase() : `sqlite://${join(folder, 'boxoffice.db')}`
    const environment = {
      BOXOFFICE__HTTP__ADDRESS: '127.0.0.1:0',
      BOXOFFICE__ADMIN__ADDRESS: '127.0.0.1:0',
      BOXOFFICE__DATABASE__URL: url,
      BOXOFFICE__LIMITS__ENABLED: 'false',
      BOXOFFICE__LOG__FILTER: 'warn',
      ...settings,
    }
    const child = spawn(PROGRAM, ['serve', '--demo'], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const log: string[] = []
    child.stderr.on('data', (text) => log.push(String(text)))
    const origin = await new Promise<string>((found, failed) => {
      const late = setTimeout(() => failed(new Error(`it does not start:\n${log.join('')}`)), START_MS)
      child.on('error', failed)
      child.on('exit', () => failed(new Error(`it ended:\n${log.join('')}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.push(`${line}\n`)
        const address = ADDRESS.exec(line)?.[1]
        if (address === undefined) return
        clearTimeout(late)
        found(address)
      })
    })
    return new Server(origin, child, folder, log)
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.child
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`the server ended by itself (${signalCode ?? exitCode}):\n${this.log.join('')}`)
    }
    const ended = new Promise((done) => {
      this.child.removeAllListeners('exit')
      this.child.once('exit', done)
    })
    this.child.kill('SIGTERM')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
    const faults = this.log.join('').match(/^.*\bERROR\b.*$/gm)
    if (faults) throw new Error(`the server logged:\n${faults.join('\n')}`)
  }
}

/** Creates an empty database on the tests' database server. */
function newDatabase(): string {
  const given = process.env.BOXOFFICE_TEST_SERVER_URL
  if (given === undefined)
    throw new Error('BOXOFFICE_TEST_SERVER_URL is not set: run these tests by `make e2e`')
  const { hostname, port, username, password } = new URL(given)
  const name = `e2e_${randomBytes(6).toString('hex')}`
  execFileSync('mariadb', [
    `--host=${hostname}`,
    `--port=${port}`,
    `--user=${username}`,
    `--password=${password}`,
    `--execute=CREATE DATABASE ${name}`,
  ])
  return `${given.replace(/\/$/, '')}/${name}`
}
