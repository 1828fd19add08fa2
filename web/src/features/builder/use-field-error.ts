import { useMessages } from '@/i18n/messages'
import { builderMessages } from './messages'

type FieldError = { type?: unknown; message?: string | undefined } | undefined
type Texts = Record<string, string | ((...values: string[]) => string)>

/** The text of a field error: the server's text, or the current language's text for the schema's code. */
export function useFieldError(): (error: FieldError) => string | undefined {
  const texts: Texts = useMessages(builderMessages).fieldErrors
  return (error) => {
    if (!error?.message) return undefined
    if (error.type === 'server') return error.message
    const [word = '', ...values] = error.message.split(' ')
    const text = texts[word] ?? texts.other ?? ''
    return typeof text === 'string' ? text : text(...values)
  }
}
