import { defineMessages, jumlah, plural } from '@/i18n/messages'

export const kitMessages = defineMessages(
  {
    description: 'Find concerts, choose your seats on the map and book your tickets.',
    loading: 'Loading …',
    tryAgain: 'Try again',
    back: 'Go back',
    close: 'Close',
    pager: { label: 'Pages', first: '← First page', next: 'Next page →' },
    failed: 'Something went wrong',
    connection: { live: 'Live', lost: 'Connection lost: this may be out of date. Reconnecting …' },
    placing: {
      taken: (seats: string[]) =>
        `Someone else was faster: ${seats.join(', ')} ${seats.length === 1 ? 'is' : 'are'} taken.`,
      soldOut: (left: number) =>
        left === 0
          ? 'There are no tickets left here.'
          : `There are only ${plural(left, 'ticket', 'tickets')} left here.`,
      userLimit: (allowed: number, left: number) =>
        `Each person may book up to ${plural(allowed, 'ticket', 'tickets')} for this concert. You may book ${left} more.`,
      bookingLimit: (allowed: number) => `A booking may have up to ${plural(allowed, 'ticket', 'tickets')}.`,
      pendingLimit: (allowed: number) =>
        `You already have ${plural(allowed, 'unpaid booking', 'unpaid bookings')} for this concert. Pay for one or cancel it first.`,
      notStarted: (when: string) => `The sale begins ${when}.`,
    },
    unanswered: {
      asking: 'We are asking again',
      crowded: 'The shop is very busy right now; we are asking again',
      gaveUp: 'We could not find out',
      open: {
        placing: 'No answer has reached us yet, so we do not know whether your seats are kept.',
        paying: 'No answer has reached us yet, so we do not know whether your payment went through.',
        cancelling: 'No answer has reached us yet, so we do not know whether the booking is cancelled.',
        refunding: 'No answer has reached us yet, so we do not know whether the refund was made.',
      },
      wait: {
        placing: 'Please stay on this page: nothing is booked twice.',
        paying: 'Please stay on this page and do not pay again: nothing is charged twice.',
        cancelling: 'Please wait a moment.',
        refunding: 'Please wait a moment: nothing is refunded twice.',
      },
      again: {
        placing: 'Try again, or look at your bookings: nothing is booked twice.',
        paying: 'Try again when your connection is back: nothing is charged twice.',
        cancelling: 'Try again when your connection is back.',
        refunding: 'Try again when your connection is back: nothing is refunded twice.',
      },
    },
    daysAnd: (days: number, clock: string) => `${days} d ${clock}`,
    quantity: { fewer: 'One fewer', more: 'One more' },
    standingTicket: (number: string) => `Standing, no. ${number}`,
    order: { label: 'Your order', total: 'Total', reference: 'Reference' },
    hold: {
      label: 'Your seats',
      kept: (count: number) => `${plural(count, 'seat is', 'seats are')} kept for you for`,
      deciding: (count: number) => `The bank is deciding about your ${plural(count, 'seat', 'seats')}`,
      toPayment: 'Go to payment',
      toBasket: 'Go to basket',
    },
  },
  {
    description: 'Cari konser, pilih kursi di denah, dan pesan tiket Anda.',
    loading: 'Memuat …',
    tryAgain: 'Coba lagi',
    back: 'Kembali',
    close: 'Tutup',
    pager: { label: 'Halaman', first: '← Halaman pertama', next: 'Halaman berikutnya →' },
    failed: 'Terjadi kesalahan',
    connection: {
      live: 'Langsung',
      lost: 'Koneksi terputus: data ini mungkin tidak terbaru. Menyambung kembali …',
    },
    placing: {
      taken: (seats) => `Orang lain lebih cepat: ${seats.join(', ')} sudah diambil.`,
      soldOut: (left) =>
        left === 0
          ? 'Tidak ada tiket yang tersisa di sini.'
          : `Hanya tersisa ${jumlah(left, 'tiket')} di sini.`,
      userLimit: (allowed, left) =>
        `Setiap orang dapat memesan paling banyak ${jumlah(allowed, 'tiket')} untuk konser ini. Anda masih dapat memesan ${left} lagi.`,
      bookingLimit: (allowed) => `Satu pesanan dapat berisi paling banyak ${jumlah(allowed, 'tiket')}.`,
      pendingLimit: (allowed) =>
        `Anda sudah punya ${jumlah(allowed, 'pesanan')} untuk konser ini yang belum dibayar. Bayar atau batalkan dulu salah satunya.`,
      notStarted: (when) => `Penjualan dimulai ${when}.`,
    },
    unanswered: {
      asking: 'Kami sedang menanyakannya lagi',
      crowded: 'Sedang sangat ramai; kami menanyakannya lagi',
      gaveUp: 'Kami belum berhasil mengetahuinya',
      open: {
        placing: 'Belum ada jawaban, jadi kami belum tahu apakah kursi Anda sudah disimpan.',
        paying: 'Belum ada jawaban, jadi kami belum tahu apakah pembayaran Anda berhasil.',
        cancelling: 'Belum ada jawaban, jadi kami belum tahu apakah pesanan sudah dibatalkan.',
        refunding: 'Belum ada jawaban, jadi kami belum tahu apakah uang sudah dikembalikan.',
      },
      wait: {
        placing: 'Tetaplah di halaman ini: tidak ada yang dipesan dua kali.',
        paying: 'Tetaplah di halaman ini dan jangan membayar lagi: tidak ada yang ditagih dua kali.',
        cancelling: 'Mohon tunggu sebentar.',
        refunding: 'Mohon tunggu sebentar: tidak ada yang dikembalikan dua kali.',
      },
      again: {
        placing: 'Coba lagi, atau lihat di daftar pesanan Anda: tidak ada yang dipesan dua kali.',
        paying: 'Coba lagi setelah koneksi pulih: tidak ada yang ditagih dua kali.',
        cancelling: 'Coba lagi setelah koneksi pulih.',
        refunding: 'Coba lagi setelah koneksi pulih: tidak ada yang dikembalikan dua kali.',
      },
    },
    daysAnd: (days, clock) => `${days} hr ${clock}`,
    quantity: { fewer: 'Kurangi satu', more: 'Tambah satu' },
    standingTicket: (number) => `Berdiri, no. ${number}`,
    order: { label: 'Pesanan Anda', total: 'Total', reference: 'Kode pesanan' },
    hold: {
      label: 'Kursi Anda',
      kept: (count) => `${jumlah(count, 'kursi')} disimpan untuk Anda selama`,
      deciding: (count) => `Bank sedang memproses pembayaran ${jumlah(count, 'kursi')} Anda`,
      toPayment: 'Ke pembayaran',
      toBasket: 'Ke keranjang',
    },
  },
)
