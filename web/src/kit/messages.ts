import { defineMessages, jumlah, plural } from '@/i18n/messages'

export const kitMessages = defineMessages(
  {
    loading: 'Loading …',
    tryAgain: 'Try again',
    back: 'Go back',
    close: 'Close',
    pager: { label: 'Pages', first: '← To the beginning', next: 'Next page →' },
    failed: 'That did not work',
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
    failed: 'Itu tidak berhasil',
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
