import { useMessages } from '@/i18n/messages'
import { builderMessages } from './messages'

type Fault = { type?: unknown; message?: string | undefined } | undefined
type Faults = Record<string, string | ((...values: string[]) => string)>

/** The text of a field error: the server's text, or the current language's text for the schema's code. */
export function useFieldError(): (error: Fault) => string | undefined {
  const faults: Faults = useMessages(builderMessages).faults
  return (error) => {
    if (!error?.message) return undefined
    if (error.type === 'server') return error.message
    const [word = '', ...values] = error.message.split(' ')
    const fault = faults[word] ?? faults.other ?? ''
    return typeof fault === 'string' ? fault : fault(...values)
  }
}
