import '@/kit/global.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { newQueryClient } from '@/api/query-client'
import { resume } from '@/api/session'
import { App } from '@/app/app'
import { prefetchPage } from '@/app/prefetch-page'

/** The first render waits this long for its data; after that the shell renders without it. */
const HEAD_START_MS = 120

/** The count of reloads by `boot.js`, which is over now. */
sessionStorage.removeItem('boxoffice.boot')

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
const queryClient = newQueryClient()
const known = Promise.all([resume(), prefetchPage(queryClient, window.location)])
const late = new Promise((done) => setTimeout(done, HEAD_START_MS))
void Promise.race([known, late]).then(() =>
  createRoot(root).render(
    <StrictMode>
      <App queryClient={queryClient} />
    </StrictMode>,
  ),
)
