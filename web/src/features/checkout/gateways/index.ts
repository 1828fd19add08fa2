import type { GatewayForm } from './gateway'
import { SandboxForm } from './sandbox'

/** The gateways that this installation pays through; another one is a module beside these and a line here. */
export const gateways: { id: string; Form: GatewayForm }[] = [{ id: 'sandbox', Form: SandboxForm }]
