import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test as base } from './test'

/**
 * `lost`: the server processes the request, but the answer never arrives. `torn`: the answer is cut off. `late`: the
 * answer is delayed by seconds. `bad gateway`: a proxy answers 502 after the server processed it. `unsent`: the
 * request never arrives. `busy`: 503 with `Retry-After: 1`.
 */
export type Fault = 'lost' | 'torn' | 'late' | 'bad gateway' | 'unsent' | 'busy'

/** Long enough for events and clicks to come before the answer. */
const LATE_MS = 4_000

type Rule = { method: string; path: RegExp; fault: Fault; times: number }
type Seen = { method: string; path: string; key: string | undefined }

const BUSY = { type: 'urn:boxoffice:problem:busy', title: 'Busy', status: 503, code: 'busy', errors: [] }

/** A proxy between browser and program that injects faults. */
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

  /** Injects a fault into the next requests to a path. */
  failNext(method: string, path: RegExp, fault: Fault, times = 1): void {
    this.rules.push({ method, path, fault, times })
  }

  /** Removes all faults. */
  restore(): void {
    this.rules = []
  }

  /** The idempotency keys of the POST requests to a path. */
  keys(path: RegExp): (string | undefined)[] {
    return this.seen.filter((seen) => seen.method === 'POST' && path.test(seen.path)).map(({ key }) => key)
  }

  private faultOf(method: string, path: string): Fault | undefined {
    const rule = this.rules.find((item) => item.method === method && item.path.test(path) && item.times > 0)
    if (rule) rule.times -= 1
    return rule?.fault
  }

  private handle(incoming: IncomingMessage, outgoing: ServerResponse, target: URL): void {
    const { method = 'GET', url = '/', headers } = incoming
    const key = headers['idempotency-key']
    this.seen.push({ method, path: url, key: typeof key === 'string' ? key : undefined })
    // Browsers repeat a request themselves when a reused connection breaks.
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

/** Spoils the answer after the server has processed the request. */
function applyFault(fault: Fault, answer: IncomingMessage, outgoing: ServerResponse): void {
  // An event stream does not end by itself.
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

/** Tests whose browser reaches the program through the proxy. */
export const test = base.extend<{ network: FaultyNetwork }>({
  network: async ({ server }, use) => {
    const network = await FaultyNetwork.start(server.origin)
    await use(network)
    network.stop()
  },
  baseURL: async ({ network }, use) => use(network.origin),
})
