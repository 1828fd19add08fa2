import '@/kit/global.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { newQueryClient } from '@/api/query-client'
import { resume } from '@/api/session'
import { App } from '@/app/app'
import { prefetchPage } from '@/app/prefetch-page'

/** So long the first picture waits to be whole; on a slow network the frame of the page comes first. */
const HEAD_START_MS = 120

/** How often `boot.js` loaded the page again: this time it is here. */
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
