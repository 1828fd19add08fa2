import { defineMessages } from '@/i18n/messages'

export const checkoutMessages = defineMessages(
  {
    title: 'Pay',
    kept: 'Your seats are kept for',
    pay: (amount: string) => `Pay ${amount}`,
    release: 'Release seats',
    sandbox: {
      title: 'How should the test payment go?',
      text: 'This shop uses test payments. No card is charged.',
      methods: {
        sandbox_approve: 'The bank approves',
        sandbox_decline: 'The bank declines',
        sandbox_pending: 'The bank takes a few seconds',
      },
    },
    declined: {
      title: 'The payment was declined',
      text: 'Nothing was charged and your seats are still kept. Try again or pay another way.',
    },
    waiting: {
      title: 'Waiting for your bank',
      text: 'The bank is still deciding. This page updates by itself; please do not pay again.',
    },
    deciding: {
      title: 'The bank is still deciding',
      text: 'The time for these seats ended before the bank had decided. If it approves and the seats are still available, they are yours; otherwise you get a full refund. Please do not pay again: this page updates by itself.',
      all: 'My bookings',
    },
    goesBack: {
      title: 'Your payment is refunded',
      onItsWay: (amount: string) =>
        `This booking had ended before the bank approved the payment. ${amount} is being refunded; there is nothing you need to do.`,
      isBack: (amount: string) =>
        `This booking had ended before the bank approved the payment. ${amount} was refunded to you.`,
      all: 'My bookings',
    },
    inProgress: 'Another payment for this booking is in progress. We are checking it.',
    expired: {
      title: 'Your time ran out',
      text: 'Your seats were released. They may still be available: look again.',
      again: 'Choose seats again',
    },
    cancelled: {
      title: 'This booking is cancelled',
      text: 'There is nothing left to pay.',
      again: 'Back to the concert',
    },
    concertCancelled: {
      title: 'The concert was cancelled',
      text: 'We are sorry. There is nothing to pay.',
    },
    missing: {
      title: 'Booking not found',
      text: 'It may belong to another account.',
      all: 'My bookings',
    },
  },
  {
    title: 'Bayar',
    kept: 'Kursi Anda disimpan selama',
    pay: (amount) => `Bayar ${amount}`,
    release: 'Lepaskan kursi',
    sandbox: {
      title: 'Bagaimana hasil pembayaran uji coba ini?',
      text: 'Toko ini memakai pembayaran uji coba. Tidak ada kartu yang ditagih.',
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
      text: 'Bank masih memproses. Halaman ini diperbarui otomatis; jangan membayar lagi.',
    },
    deciding: {
      title: 'Bank masih memproses',
      text: 'Waktu untuk kursi ini habis sebelum bank memutuskan. Jika bank menyetujui dan kursinya masih tersedia, kursi itu menjadi milik Anda; jika tidak, uang Anda dikembalikan seluruhnya. Jangan membayar lagi: halaman ini diperbarui otomatis.',
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
      text: 'Kursi Anda sudah dilepaskan. Mungkin masih tersedia: lihat lagi.',
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
    missing: { title: 'Pesanan tidak ditemukan', text: 'Mungkin milik akun lain.', all: 'Pesanan saya' },
  },
)
