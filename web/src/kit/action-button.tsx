import { Button, type ButtonProps } from '@mantine/core'
import { type ComponentPropsWithoutRef, type MouseEvent, useRef, useState } from 'react'
import { useRestoreFocus } from './use-restore-focus'

type Props = ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps>

/**
 * A button that keeps the focus: it is restored after `loading`, and a button that becomes `disabled` while it is
 * focused, as when others buy the last tickets, stays focusable.
 */
export function ActionButton({ disabled, onClick, ...props }: Props) {
  const button = useRef<HTMLButtonElement>(null)
  useRestoreFocus(button, props.loading)
  const [hasFocus, setFocus] = useState(false)
  const closed = hasFocus ? { 'aria-disabled': true, 'data-disabled': true } : { disabled: true }
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    if (disabled) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <Button
      ref={button}
      {...props}
      {...(disabled && closed)}
      onClick={click}
      onFocus={() => setFocus(true)}
      onBlur={() => setFocus(false)}
    />
  )
}
