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
      text: 'The bank is still deciding. This page goes on by itself; please do not pay again.',
    },
    deciding: {
      title: 'The bank is still deciding',
      text: 'The time for these seats ended before the bank had decided. If it approves and the seats are still free, they are yours; otherwise all of the money goes back to you. Please do not pay again: this page goes on by itself.',
      all: 'My bookings',
    },
    goesBack: {
      title: 'Your money goes back',
      onItsWay: (amount: string) =>
        `This booking had ended before the bank approved the payment. ${amount} is on its way back to you; there is nothing you need to do.`,
      isBack: (amount: string) =>
        `This booking had ended before the bank approved the payment. ${amount} was paid back to you.`,
      all: 'My bookings',
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
    waiting: {
      title: 'Menunggu bank Anda',
      text: 'Bank masih memproses. Halaman ini berlanjut sendiri; jangan membayar lagi.',
    },
    deciding: {
      title: 'Bank masih memproses',
      text: 'Waktu untuk kursi ini habis sebelum bank memutuskan. Jika bank menyetujui dan kursinya masih kosong, kursi itu menjadi milik Anda; jika tidak, semua uang dikembalikan. Jangan membayar lagi: halaman ini berlanjut sendiri.',
      all: 'Pesanan saya',
    },
    goesBack: {
      title: 'Uang Anda dikembalikan',
      onItsWay: (amount) =>
        `Pesanan ini sudah berakhir sebelum bank menyetujui pembayaran. ${amount} sedang dikembalikan kepada Anda; tidak ada yang perlu Anda lakukan.`,
      isBack: (amount) =>
        `Pesanan ini sudah berakhir sebelum bank menyetujui pembayaran. ${amount} sudah dikembalikan kepada Anda.`,
      all: 'Pesanan saya',
    },
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
