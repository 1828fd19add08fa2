import type { ComponentType } from 'react'

/** A gateway's payment form. It calls `onPay` with the gateway's name of the method. */
export type GatewayForm = ComponentType<{
  amount: string
  isPaying: boolean
  onPay: (method: string) => void
}>
