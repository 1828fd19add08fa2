import { Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from '@/kit/action-button'
import { checkoutMessages } from '../messages'
import type { GatewayForm } from './gateway'

const METHODS = ['sandbox_approve', 'sandbox_decline', 'sandbox_pending'] as const

/** The test gateway: the customer chooses the bank's answer. */
export const SandboxForm: GatewayForm = ({ amount, isPaying, onPay }) => {
  const text = useMessages(checkoutMessages)
  const [method, setMethod] = useState<string>(METHODS[0])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onPay(method)
      }}
    >
      <Radio.Group
        size="md"
        label={text.sandbox.title}
        description={text.sandbox.text}
        value={method}
        onChange={setMethod}
        readOnly={isPaying}
      >
        <Stack gap="xs" my="md">
          {METHODS.map((item) => (
            <Radio size="md" key={item} value={item} label={text.sandbox.methods[item]} />
          ))}
        </Stack>
      </Radio.Group>
      <ActionButton type="submit" size="lg" fullWidth loading={isPaying}>
        {text.pay(amount)}
      </ActionButton>
    </form>
  )
}
