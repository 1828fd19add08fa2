import createClient from 'openapi-fetch'
import type { paths } from './schema'
import { monotonicNow, recordServerTime } from './server-time'
import { accessToken, renew } from './session'

const BASE = '/api/v1'

function withToken(request: Request, token: string | undefined): Request {
  if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

async function fetchAndRecordTime(request: Request): Promise<Response> {
  const sent = monotonicNow()
  const answer = await fetch(request)
  recordServerTime(answer, sent)
  return answer
}

/** Sends the request as the user who is logged in; once more with a new token when the server does not take this one. */
async function fetchAsUser(request: Request): Promise<Response> {
  const token = await accessToken()
  const again = request.clone()
  const answer = await fetchAndRecordTime(withToken(request, token))
  if (answer.status !== 401 || token === undefined) return answer
  const renewed = await renew()
  return renewed === undefined ? answer : fetchAndRecordTime(withToken(again, renewed))
}

// `fetch` is looked up at each call, so that tests can stand in for it. The absolute address is for Node's `Request`.
const baseUrl = new URL(BASE, window.location.origin).href

/** Calls as the user who is logged in, or as a visitor. */
export const api = createClient<paths>({ baseUrl, fetch: fetchAsUser })

/** Calls as a visitor: what is public comes out of the server's memory. */
export const publicApi = createClient<paths>({ baseUrl, fetch: fetchAndRecordTime })
