import { defineMessages, jumlah, milikAnda, plural, yours } from '@/i18n/messages'

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
    daysAnd: (days: number, clock: string) => `${days} d ${clock}`,
    quantity: { fewer: 'One fewer', more: 'One more' },
    standingTicket: (number: string) => `Standing, no. ${number}`,
    order: { label: 'Your order', total: 'Total', reference: 'Reference' },
    hold: {
      label: 'Your seats',
      kept: (count: number) => `${plural(count, 'seat is', 'seats are')} kept for you for`,
      deciding: (count: number) => `The bank is deciding about ${yours(count, 'seat', 'seats')}`,
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
    daysAnd: (days, clock) => `${days} hr ${clock}`,
    quantity: { fewer: 'Kurangi satu', more: 'Tambah satu' },
    standingTicket: (number) => `Berdiri, no. ${number}`,
    order: { label: 'Pesanan Anda', total: 'Total', reference: 'Kode pesanan' },
    hold: {
      label: 'Kursi Anda',
      kept: (count) => `${jumlah(count, 'kursi')} disimpan untuk Anda selama`,
      deciding: (count) => `Bank sedang memproses pembayaran ${milikAnda(count, 'kursi')}`,
      toPayment: 'Ke pembayaran',
      toBasket: 'Ke keranjang',
    },
  },
)
