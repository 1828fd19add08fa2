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

/** Sends the request with the access token, and once more with a renewed token after a 401. */
async function fetchAsUser(request: Request): Promise<Response> {
  const token = await accessToken()
  const again = request.clone()
  const answer = await fetchAndRecordTime(withToken(request, token))
  if (answer.status !== 401 || token === undefined) return answer
  const renewed = await renew()
  return renewed === undefined ? answer : fetchAndRecordTime(withToken(again, renewed))
}

// `fetch` is looked up at each call so that tests can mock it. Node's `Request` needs an absolute URL.
const baseUrl = new URL(BASE, window.location.origin).href

/** Sends the access token when a user is logged in. */
export const api = createClient<paths>({ baseUrl, fetch: fetchAsUser })

/** Sends no token: the server answers public requests from its cache. */
export const publicApi = createClient<paths>({ baseUrl, fetch: fetchAndRecordTime })
