import { defineMessages, jumlah, plural } from '@/i18n/messages'

export const kitMessages = defineMessages(
  {
    loading: 'Loading …',
    tryAgain: 'Try again',
    back: 'Go back',
    close: 'Close',
    pager: { label: 'Pages', first: '← To the beginning', next: 'Next page →' },
    problem: {
      title: 'That did not work',
      connection: 'The connection is gone. Nothing was lost; check your network and try again.',
      busy: 'Very many people are here right now. Please try again in a moment.',
      tooManyRequests: 'That was a little fast. Please wait a minute and try again.',
      unexpected: (id: string) => `Something went wrong on our side. If it stays like this, tell us: ${id}`,
      forbidden: 'Your account may not do this.',
      sessionEnded: 'You have been logged out. Please log in again.',
    },
    fault: {
      required: 'Please fill this in',
      tooShort: 'This is too short',
      tooLong: 'This is too long',
      outOfRange: 'This is out of range',
      notAnEmail: 'This is no e-mail address',
      tooWeak: 'This password is easy to guess. Longer is better: three or four unusual words',
      characters: 'Letters, digits, dots, dashes and underscores only',
      reserved: 'This name is reserved',
    },
    connection: { live: 'Live', lost: 'Connection lost: this may be out of date. Reconnecting …' },
    placing: {
      taken: (seats: string[]) =>
        `Somebody was faster: ${seats.join(', ')} ${seats.length === 1 ? 'is' : 'are'} taken.`,
      soldOut: (left: number) =>
        left === 0
          ? 'There is nothing left here.'
          : `There are only ${plural(left, 'ticket', 'tickets')} left here.`,
      userLimit: (allowed: number, left: number) =>
        `One person may take ${plural(allowed, 'ticket', 'tickets')} of this concert, and you may take ${left} more.`,
      bookingLimit: (allowed: number) => `One booking takes at most ${plural(allowed, 'ticket', 'tickets')}.`,
      pendingLimit: (allowed: number) =>
        `You already have ${plural(allowed, 'unpaid booking', 'unpaid bookings')} of this concert. Pay or give back first.`,
      notStarted: (when: string) => `The sale begins ${when}.`,
      ended: 'The sale is over.',
      paused: 'The organiser has paused the sale. Please come back later.',
      cancelled: 'This concert is cancelled.',
    },
    daysAnd: (days: number, clock: string) => `${days} d ${clock}`,
    quantity: { fewer: 'One less', more: 'One more' },
    order: { label: 'Your order', total: 'Total', reference: 'Reference' },
    hold: {
      label: 'Your seats',
      kept: (count: number) => `${plural(count, 'seat is', 'seats are')} kept for you for`,
      toBasket: 'To the basket',
    },
  },
  {
    loading: 'Memuat …',
    tryAgain: 'Coba lagi',
    back: 'Kembali',
    close: 'Tutup',
    pager: { label: 'Halaman', first: '← Ke awal', next: 'Halaman berikutnya →' },
    problem: {
      title: 'Itu tidak berhasil',
      connection: 'Koneksi terputus. Tidak ada yang hilang; periksa jaringan Anda dan coba lagi.',
      busy: 'Sedang sangat ramai. Silakan coba lagi sebentar lagi.',
      tooManyRequests: 'Terlalu cepat. Tunggu satu menit lalu coba lagi.',
      unexpected: (id) => `Ada yang salah di pihak kami. Jika terus begini, beri tahu kami: ${id}`,
      forbidden: 'Akun Anda tidak boleh melakukan ini.',
      sessionEnded: 'Anda telah keluar. Silakan masuk lagi.',
    },
    fault: {
      required: 'Harap diisi',
      tooShort: 'Ini terlalu pendek',
      tooLong: 'Ini terlalu panjang',
      outOfRange: 'Ini di luar batas',
      notAnEmail: 'Ini bukan alamat email',
      tooWeak:
        'Kata sandi ini mudah ditebak. Lebih panjang lebih baik: tiga atau empat kata yang tidak biasa',
      characters: 'Hanya huruf, angka, titik, tanda hubung dan garis bawah',
      reserved: 'Nama ini tidak boleh dipakai',
    },
    connection: { live: 'Langsung', lost: 'Koneksi terputus: ini mungkin sudah lama. Menyambung kembali …' },
    placing: {
      taken: (seats) => `Orang lain lebih cepat: ${seats.join(', ')} sudah diambil.`,
      soldOut: (left) =>
        left === 0 ? 'Tidak ada yang tersisa di sini.' : `Hanya tersisa ${jumlah(left, 'tiket')} di sini.`,
      userLimit: (allowed, left) =>
        `Satu orang boleh mengambil ${jumlah(allowed, 'tiket')} konser ini, dan Anda boleh mengambil ${left} lagi.`,
      bookingLimit: (allowed) => `Satu pesanan paling banyak ${jumlah(allowed, 'tiket')}.`,
      pendingLimit: (allowed) =>
        `Anda sudah punya ${jumlah(allowed, 'pesanan')} konser ini yang belum dibayar. Bayar atau kembalikan dulu.`,
      notStarted: (when) => `Penjualan dimulai ${when}.`,
      ended: 'Penjualan sudah berakhir.',
      paused: 'Penyelenggara menghentikan penjualan sementara. Silakan kembali nanti.',
      cancelled: 'Konser ini dibatalkan.',
    },
    daysAnd: (days, clock) => `${days} hr ${clock}`,
    quantity: { fewer: 'Kurangi satu', more: 'Tambah satu' },
    order: { label: 'Pesanan Anda', total: 'Jumlah', reference: 'Kode' },
    hold: {
      label: 'Kursi Anda',
      kept: (count) => `${jumlah(count, 'kursi')} disimpan untuk Anda selama`,
      toBasket: 'Ke keranjang',
    },
  },
)
