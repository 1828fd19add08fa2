import { defineMessages } from '@/i18n/messages'

export const checkoutMessages = defineMessages(
  {
    title: 'Pay',
    kept: 'Your seats are kept for',
    pay: (amount: string) => `Pay ${amount}`,
    giveBack: 'Give the seats back',
    sandbox: {
      title: 'How should the test payment go?',
      text: 'This shop runs on play money. No card is charged.',
      methods: {
        sandbox_approve: 'The bank approves',
        sandbox_decline: 'The bank declines',
        sandbox_pending: 'The bank takes a few seconds',
      },
    },
    declined: {
      title: 'The payment was declined',
      text: 'Nothing was charged and your seats are still kept. Try again or pay in another way.',
    },
    waiting: {
      title: 'Waiting for your bank',
      text: 'This takes a few seconds. Your seats are safe meanwhile.',
    },
    inProgress: 'Another payment of this booking is under way. We are looking at it.',
    expired: {
      title: 'The time ran out',
      text: 'Your seats went back to the others. They may still be free: look again.',
      again: 'Choose seats again',
    },
    cancelled: {
      title: 'This booking is cancelled',
      text: 'There is nothing to pay any more.',
      again: 'Back to the concert',
    },
    concertCancelled: {
      title: 'The concert was cancelled',
      text: 'We are sorry. There is nothing to pay.',
    },
    missing: {
      title: 'There is no such booking',
      text: 'It may belong to another account.',
      all: 'My bookings',
    },
  },
  {
    title: 'Bayar',
    kept: 'Kursi Anda disimpan selama',
    pay: (amount) => `Bayar ${amount}`,
    giveBack: 'Kembalikan kursi',
    sandbox: {
      title: 'Bagaimana pembayaran percobaan ini berjalan?',
      text: 'Toko ini memakai uang mainan. Tidak ada kartu yang ditagih.',
      methods: {
        sandbox_approve: 'Bank menyetujui',
        sandbox_decline: 'Bank menolak',
        sandbox_pending: 'Bank butuh beberapa detik',
      },
    },
    declined: {
      title: 'Pembayaran ditolak',
      text: 'Tidak ada yang ditagih dan kursi masih disimpan. Coba lagi atau bayar dengan cara lain.',
    },
    waiting: { title: 'Menunggu bank Anda', text: 'Ini perlu beberapa detik. Kursi Anda aman.' },
    inProgress: 'Pembayaran lain untuk pesanan ini sedang berjalan. Kami sedang memeriksanya.',
    expired: {
      title: 'Waktu habis',
      text: 'Kursi Anda sudah dikembalikan. Mungkin masih kosong: lihat lagi.',
      again: 'Pilih kursi lagi',
    },
    cancelled: {
      title: 'Pesanan ini dibatalkan',
      text: 'Tidak ada lagi yang perlu dibayar.',
      again: 'Kembali ke konser',
    },
    concertCancelled: {
      title: 'Konsernya dibatalkan',
      text: 'Kami mohon maaf. Tidak ada yang perlu dibayar.',
    },
    missing: { title: 'Pesanan ini tidak ada', text: 'Mungkin milik akun lain.', all: 'Pesanan saya' },
  },
)
