import { defineMessages } from '@/i18n/messages'

export const appMessages = defineMessages(
  {
    skip: 'Skip to content',
    home: 'boxoffice, all concerts',
    menu: 'Main menu',
    bookings: 'My bookings',
    manage: 'My concerts',
    users: 'Users',
    account: (name: string) => `Your account, ${name}`,
    logIn: 'Log in',
    language: 'Language',
    toDark: 'Use dark colours',
    toLight: 'Use light colours',
    footer: 'No seat is ever sold twice.',
    api: 'API',
    notFound: {
      title: 'Page not found',
      text: 'The link may be outdated or mistyped.',
      home: 'See all concerts',
    },
    broken: {
      title: 'Something went wrong',
      text: 'This is our fault. Your bookings are safe, and reloading the page usually helps.',
      reload: 'Reload the page',
    },
    forbidden: {
      title: 'You have no access to this page',
      text: 'If you need it, ask an administrator.',
    },
    offline: 'You are offline. We will continue when your connection is back.',
  },
  {
    skip: 'Langsung ke konten utama',
    home: 'boxoffice, semua konser',
    menu: 'Menu utama',
    bookings: 'Pesanan saya',
    manage: 'Konser saya',
    users: 'Pengguna',
    account: (name) => `Akun Anda, ${name}`,
    logIn: 'Masuk',
    language: 'Bahasa',
    toDark: 'Pakai warna gelap',
    toLight: 'Pakai warna terang',
    footer: 'Satu kursi tidak pernah terjual dua kali.',
    api: 'API',
    notFound: {
      title: 'Halaman tidak ditemukan',
      text: 'Tautannya mungkin sudah lama atau salah ketik.',
      home: 'Lihat semua konser',
    },
    broken: {
      title: 'Terjadi kesalahan',
      text: 'Ini kesalahan kami. Pesanan Anda aman, dan memuat ulang halaman biasanya membantu.',
      reload: 'Muat ulang halaman',
    },
    forbidden: {
      title: 'Anda tidak punya akses ke halaman ini',
      text: 'Jika Anda memerlukannya, hubungi administrator.',
    },
    offline: 'Anda sedang offline. Kami lanjutkan setelah koneksi pulih.',
  },
)
