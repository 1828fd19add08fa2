import { useSearchParams } from 'react-router'

/** Sets or removes a parameter of the URL, without a new entry in the history and without scrolling. */
export function useSetParameter() {
  const [, setParameters] = useSearchParams()
  return (name: string, value: string | undefined) =>
    setParameters(
      (before) => {
        if (value === undefined) before.delete(name)
        else before.set(name, value)
        return before
      },
      { replace: true, preventScrollReset: true },
    )
}
