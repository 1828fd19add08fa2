import { defineMessages } from '@/i18n/messages'

export const basketMessages = defineMessages(
  {
    title: 'Basket',
    kept: 'Kept for',
    pay: 'Pay',
    giveBack: 'Give back',
    empty: {
      title: 'Your basket is empty',
      text: 'Seats that you keep wait here until you pay.',
      find: 'Find a concert',
    },
  },
  {
    title: 'Keranjang',
    kept: 'Disimpan selama',
    pay: 'Bayar',
    giveBack: 'Kembalikan',
    empty: {
      title: 'Keranjang Anda kosong',
      text: 'Kursi yang Anda simpan menunggu di sini sampai dibayar.',
      find: 'Cari konser',
    },
  },
)
