import '@/kit/global.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { resume } from '@/api/session'
import { App } from '@/app/app'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
void resume()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
