import { defineMessages, jumlah, milikAnda, plural } from '@/i18n/messages'

export const placeBookingMessages = defineMessages(
  {
    taken: (seats: string[]) =>
      `Someone else was faster: ${seats.join(', ')} ${seats.length === 1 ? 'is' : 'are'} taken.`,
    soldOut: (left: number) =>
      left === 0
        ? 'There are no tickets left here.'
        : `There ${left === 1 ? 'is' : 'are'} only ${plural(left, 'ticket', 'tickets')} left here.`,
    userLimit: (allowed: number, left: number) =>
      `Each person may book up to ${plural(allowed, 'ticket', 'tickets')} for this concert. ${left === 0 ? 'You have already booked that many.' : `You may book ${left} more.`}`,
    bookingLimit: (allowed: number) => `A booking may have up to ${plural(allowed, 'ticket', 'tickets')}.`,
    pendingLimit: (allowed: number) =>
      `You already have ${plural(allowed, 'unpaid booking', 'unpaid bookings')} for this concert. Pay for ${allowed === 1 ? 'it' : 'one'} or cancel it first.`,
    notStarted: (when: string) => `The sale begins ${when}.`,
    priceChanged: {
      title: 'The price has changed',
      text: (count: number, before: string, now: string) =>
        `${count === 1 ? 'Your ticket was' : 'Your tickets were'} ${before} and ${count === 1 ? 'is' : 'are'} ${now} now. Nothing is booked yet.`,
      accept: 'Continue at the new price',
    },
  },
  {
    taken: (seats) => `Orang lain lebih cepat: ${seats.join(', ')} sudah diambil.`,
    soldOut: (left) =>
      left === 0
        ? 'Tidak ada tiket yang tersisa di sini.'
        : `Hanya tersisa ${jumlah(left, 'tiket')} di sini.`,
    userLimit: (allowed, left) =>
      `Setiap orang dapat memesan paling banyak ${jumlah(allowed, 'tiket')} untuk konser ini. ${left === 0 ? 'Anda sudah memesan sebanyak itu.' : `Anda masih dapat memesan ${left} lagi.`}`,
    bookingLimit: (allowed) => `Satu pesanan dapat berisi paling banyak ${jumlah(allowed, 'tiket')}.`,
    pendingLimit: (allowed) =>
      `Anda sudah punya ${jumlah(allowed, 'pesanan')} untuk konser ini yang belum dibayar. Bayar atau batalkan dulu${allowed === 1 ? '' : ' salah satunya'}.`,
    notStarted: (when) => `Penjualan dimulai ${when}.`,
    priceChanged: {
      title: 'Harganya berubah',
      text: (count, before, now) =>
        `Harga ${milikAnda(count, 'tiket')} tadinya ${before} dan sekarang ${now}. Belum ada yang dipesan.`,
      accept: 'Lanjutkan dengan harga baru',
    },
  },
)
