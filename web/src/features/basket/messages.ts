import { defineMessages } from '@/i18n/messages'

export const basketMessages = defineMessages(
  {
    title: 'Basket',
    kept: 'Kept for',
    pay: 'Pay',
    deciding: 'The bank is still deciding about your payment.',
    toPayment: 'Go to payment',
    release: 'Release seats',
    empty: {
      title: 'Your basket is empty',
      text: 'Seats you keep are here until you pay.',
      find: 'Find a concert',
    },
  },
  {
    title: 'Keranjang',
    kept: 'Disimpan selama',
    pay: 'Bayar',
    deciding: 'Bank masih memproses pembayaran Anda.',
    toPayment: 'Ke pembayaran',
    release: 'Lepaskan kursi',
    empty: {
      title: 'Keranjang Anda kosong',
      text: 'Kursi yang Anda simpan ada di sini sampai dibayar.',
      find: 'Cari konser',
    },
  },
)
