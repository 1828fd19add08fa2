import { defineMessages, jumlah, plural } from '@/i18n/messages'

export const kitMessages = defineMessages(
  {
    loading: 'Loading …',
    tryAgain: 'Try again',
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
    connection: { lost: 'Connection lost. What you see may be out of date.', back: 'Reconnecting …' },
    daysAnd: (days: number, clock: string) => `${days} d ${clock}`,
    hold: {
      label: 'Your seats',
      kept: (count: number) => `${plural(count, 'seat is', 'seats are')} kept for you for`,
      toBasket: 'To the basket',
    },
  },
  {
    loading: 'Memuat …',
    tryAgain: 'Coba lagi',
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
    connection: {
      lost: 'Koneksi terputus. Yang Anda lihat mungkin sudah lama.',
      back: 'Menyambung kembali …',
    },
    daysAnd: (days, clock) => `${days} hr ${clock}`,
    hold: {
      label: 'Kursi Anda',
      kept: (count) => `${jumlah(count, 'kursi')} disimpan untuk Anda selama`,
      toBasket: 'Ke keranjang',
    },
  },
)
