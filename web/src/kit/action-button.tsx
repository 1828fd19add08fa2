import { Button, type ButtonProps } from '@mantine/core'
import { type ComponentPropsWithoutRef, useRef } from 'react'
import { useFocusWhenLost } from './use-focus-when-lost'

type Props = ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps>

/** A button for what takes a moment: while it is `loading` it cannot be pressed, and afterwards it has the focus again. */
export function ActionButton(props: Props) {
  const button = useRef<HTMLButtonElement>(null)
  useFocusWhenLost(button, props.loading)
  return <Button ref={button} {...props} />
}
