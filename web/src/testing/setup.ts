import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import { server } from './server'

// The first render of a lazy page can take seconds on a busy machine.
configure({ asyncUtilTimeout: 15_000 })

// Parts of browsers that happy-dom lacks.
vi.stubGlobal('scrollTo', () => undefined)

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => {
  cleanup()
  server.resetHandlers()
  localStorage.clear()
})
afterAll(() => server.close())
