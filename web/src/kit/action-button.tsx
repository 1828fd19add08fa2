import { Button, type ButtonProps } from '@mantine/core'
import { type ComponentPropsWithoutRef, type MouseEvent, useRef, useState } from 'react'
import { useRestoreFocus } from './use-restore-focus'

type Props = ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps>

/**
 * A button for what takes a moment: while it is `loading` it cannot be pressed, and afterwards it has the focus again. One
 * that is `disabled` while it has the focus, such as by what others buy, keeps it.
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
