import type { GatewayForm } from './gateway'
import { SandboxForm } from './sandbox'

/** The payment gateways. To add one, add a module beside these and a line here. */
export const gateways: { id: string; Form: GatewayForm }[] = [{ id: 'sandbox', Form: SandboxForm }]
