import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

/** A generous limit for busy machines; waiting ends as soon as the condition holds. */
const WAIT_MS = 30_000
/** Debian's Chromium, so that Playwright's browsers need not be downloaded. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)

export default defineConfig({
  testDir: 'e2e',
  // Each worker has its own server and database.
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
    // Animations end at once.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      ...(CHROMIUM && { executablePath: CHROMIUM }),
      args: ['--no-sandbox', '--disable-background-networking'],
    },
  },
  projects: [
    { name: 'sqlite', metadata: { database: 'sqlite' } },
    // Performance, reflow, layout shifts and appearance do not depend on the database.
    {
      name: 'mysql',
      metadata: { database: 'mysql' },
      testIgnore: /(performance|reflow|layout-shift|appearance)\.spec\.ts/,
    },
  ],
})
