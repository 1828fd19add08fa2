import { useMessages } from '@/i18n/messages'
import { builderMessages } from './messages'

type Fault = { type?: unknown; message?: string | undefined } | undefined
type Faults = Record<string, string | ((...values: string[]) => string)>

/** What is wrong with a field: the server's own words, or ours for a word of the schema, in the language of now. */
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
