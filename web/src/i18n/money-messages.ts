import { defineMessages } from './messages'

export const moneyMessages = defineMessages({ free: 'Free' }, { free: 'Gratis' })
