// Reloads the page when its script failed to load, with increasing delays. After the last one the page offers a link.
;(() => {
  const TRIES = 'boxoffice.boot'
  const PAUSES_MS = [1000, 3000, 8000]
  window.addEventListener(
    'error',
    ({ target }) => {
      if (!(target instanceof HTMLScriptElement)) return
      const tries = Number(sessionStorage.getItem(TRIES) ?? 0)
      const pause = PAUSES_MS[tries]
      if (pause === undefined) return
      sessionStorage.setItem(TRIES, String(tries + 1))
      setTimeout(() => window.location.reload(), pause)
    },
    true,
  )
})()
