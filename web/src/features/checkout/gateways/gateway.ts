import type { ComponentType } from 'react'

/** What a gateway shows where people pay. It calls `onPay` with the method, in the gateway's own words. */
export type GatewayForm = ComponentType<{
  amount: string
  isPaying: boolean
  onPay: (method: string) => void
}>
