import { defineMessages } from '@/i18n/messages'

export const retryMessages = defineMessages(
  {
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
  {
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
)
