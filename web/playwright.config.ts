import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

/** A page is awaited this long; on a busy machine everything takes its time, and waiting ends when it is there. */
const WAIT_MS = 30_000
/** Debian's; Playwright's own browsers are not downloaded. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)

export default defineConfig({
  testDir: 'e2e',
  // Each worker has a server and a database of its own.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: WAIT_MS },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    actionTimeout: WAIT_MS,
    navigationTimeout: WAIT_MS,
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    viewport: { width: 1280, height: 860 },
    trace: 'retain-on-failure',
    // What fades or flies is at its end at once: tests see pages as they stay.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      ...(CHROMIUM && { executablePath: CHROMIUM }),
      args: ['--no-sandbox', '--disable-background-networking'],
    },
  },
  projects: [
    { name: 'sqlite', metadata: { database: 'sqlite' } },
    // How quick, how wide and how steady the pages are, and how they look, does not depend on the database.
    {
      name: 'mysql',
      metadata: { database: 'mysql' },
      testIgnore: /(performance|reflow|layout-shift|appearance)\.spec\.ts/,
    },
  ],
})
