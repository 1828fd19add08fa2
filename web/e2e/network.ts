import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test as base } from './test'

/**
 * What becomes of a request. `lost`: the server does it, and its answer never comes. `torn`: the answer breaks off in its
 * middle. `late`: the answer comes after some seconds. `bad gateway`: something between answers in the server's place.
 * `unsent`: the request never arrives. `busy`: it is turned away for a second.
 */
export type Fault = 'lost' | 'torn' | 'late' | 'bad gateway' | 'unsent' | 'busy'

/** Long enough for the stream of a concert, and for people, to be faster than the answer. */
const LATE_MS = 4_000

type Rule = { method: string; path: RegExp; fault: Fault; times: number }
type Seen = { method: string; path: string; key: string | undefined }

const BUSY = { type: 'urn:boxoffice:problem:busy', title: 'Busy', status: 503, code: 'busy', errors: [] }

/** Stands between browser and program, and breaks what it is told to break. */
class FaultyNetwork {
  readonly origin: string
  readonly seen: Seen[] = []
  private readonly server: Server
  private rules: Rule[] = []

  private constructor(server: Server, target: URL) {
    this.server = server
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (incoming, outgoing) => this.handle(incoming, outgoing, target))
  }

  static async start(target: string): Promise<FaultyNetwork> {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return new FaultyNetwork(server, new URL(target))
  }

  stop(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  /** Breaks the next requests to an address. */
  failNext(method: string, path: RegExp, fault: Fault, times = 1): void {
    this.rules.push({ method, path, fault, times })
  }

  /** From now on everything arrives. */
  restore(): void {
    this.rules = []
  }

  /** The keys under which something was asked for. */
  keys(path: RegExp): (string | undefined)[] {
    return this.seen.filter((seen) => seen.method === 'POST' && path.test(seen.path)).map(({ key }) => key)
  }

  private faultOf(method: string, path: string): Fault | undefined {
    const rule = this.rules.find(
      (known) => known.method === method && known.path.test(path) && known.times > 0,
    )
    if (rule) rule.times -= 1
    return rule?.fault
  }

  private handle(incoming: IncomingMessage, outgoing: ServerResponse, target: URL): void {
    const { method = 'GET', url = '/', headers } = incoming
    const key = headers['idempotency-key']
    this.seen.push({ method, path: url, key: typeof key === 'string' ? key : undefined })
    // Browsers send a request again by themselves when a connection ends that was used before.
    outgoing.shouldKeepAlive = false
    const fault = this.faultOf(method, url)
    if (fault === 'unsent') return void outgoing.destroy()
    if (fault === 'busy') {
      outgoing.writeHead(503, { 'Content-Type': 'application/problem+json', 'Retry-After': '1' })
      return void outgoing.end(JSON.stringify(BUSY))
    }
    const passed = request(
      { host: target.hostname, port: target.port, method, path: url, headers, agent: false },
      (answer) => {
        if (fault === 'late') setTimeout(() => forward(answer, outgoing), LATE_MS)
        else if (fault) applyFault(fault, answer, outgoing)
        else forward(answer, outgoing)
      },
    )
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  }
}

function forward(answer: IncomingMessage, outgoing: ServerResponse): void {
  if (outgoing.destroyed) return
  const { connection: _hop, ...headers } = answer.headers
  outgoing.writeHead(answer.statusCode ?? 502, headers)
  outgoing.flushHeaders()
  answer.pipe(outgoing)
}

/** The server has done what it was asked for, whatever is heard of it. */
function applyFault(fault: Fault, answer: IncomingMessage, outgoing: ServerResponse): void {
  // A stream has no end.
  if (answer.headers['content-type']?.startsWith('text/event-stream')) answer.destroy()
  answer.resume()
  answer.on('close', () => {
    if (fault === 'bad gateway') {
      outgoing.writeHead(502, { 'Content-Type': 'text/html' })
      outgoing.end('<h1>Bad gateway</h1>')
    } else if (fault === 'torn') {
      outgoing.writeHead(answer.statusCode ?? 200, { ...answer.headers, connection: 'close' })
      outgoing.write('{')
      setImmediate(() => outgoing.destroy())
    } else outgoing.destroy()
  })
}

/** Tests in which the browser reaches the program through a network that fails on demand. */
export const test = base.extend<{ network: FaultyNetwork }>({
  network: async ({ server }, use) => {
    const network = await FaultyNetwork.start(server.origin)
    await use(network)
    network.stop()
  },
  baseURL: async ({ network }, use) => use(network.origin),
})
