import { defineMessages } from '@/i18n/messages'

export const appMessages = defineMessages(
  {
    skip: 'Skip to the content',
    home: 'boxoffice, to the concerts',
    menu: 'Main',
    bookings: 'My bookings',
    manage: 'My concerts',
    users: 'Users',
    account: (name: string) => `Account of ${name}`,
    logIn: 'Log in',
    language: 'Language',
    toDark: 'Use dark colours',
    toLight: 'Use light colours',
    footer: 'No seat is ever sold twice.',
    api: 'API',
    notFound: {
      title: 'There is nothing at this address',
      text: 'The link may be old, or a letter may be missing.',
      home: 'See all concerts',
    },
    broken: {
      title: 'This page broke',
      text: 'That is our fault. Your bookings are safe; loading the page again usually helps.',
      reload: 'Load again',
    },
    forbidden: {
      title: 'This page is for others',
      text: 'Your account has no access to it. If it should have, ask an administrator.',
    },
    offline: 'You are offline. We will go on when your connection is back.',
  },
  {
    skip: 'Langsung ke isi',
    home: 'boxoffice, ke daftar konser',
    menu: 'Utama',
    bookings: 'Pesanan saya',
    manage: 'Konser saya',
    users: 'Pengguna',
    account: (name) => `Akun ${name}`,
    logIn: 'Masuk',
    language: 'Bahasa',
    toDark: 'Pakai warna gelap',
    toLight: 'Pakai warna terang',
    footer: 'Satu kursi tidak pernah terjual dua kali.',
    api: 'API',
    notFound: {
      title: 'Tidak ada apa-apa di alamat ini',
      text: 'Mungkin tautannya sudah lama, atau ada huruf yang hilang.',
      home: 'Lihat semua konser',
    },
    broken: {
      title: 'Halaman ini rusak',
      text: 'Itu kesalahan kami. Pesanan Anda aman; memuat ulang halaman biasanya membantu.',
      reload: 'Muat ulang',
    },
    forbidden: {
      title: 'Halaman ini untuk orang lain',
      text: 'Akun Anda tidak punya akses. Jika seharusnya punya, hubungi administrator.',
    },
    offline: 'Anda sedang luring. Kami lanjutkan saat koneksi kembali.',
  },
)
