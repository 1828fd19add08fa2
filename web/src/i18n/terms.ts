/**
 * The term for each thing in both languages. `not` lists synonyms that must not appear in any message; a test checks
 * that. For ambiguous words only the unambiguous forms are listed.
 */
export type Term = {
  en: string
  id: string
  not?: { en?: readonly string[]; id?: readonly string[] }
}

export const TERMS: readonly Term[] = [
  {
    en: 'concert',
    id: 'konser',
    not: { en: ['show begins', 'the show', 'event'], id: ['pertunjukan', 'acara'] },
  },
  { en: 'venue', id: 'tempat konser', not: { en: ['house', 'hall'], id: ['gedung'] } },
  { en: 'city', id: 'kota', not: { en: ['town'] } },
  { en: 'seating map, map', id: 'denah kursi, denah', not: { en: ['plan'], id: ['peta'] } },
  { en: 'section', id: 'bagian', not: { en: ['block of seats', 'area code'], id: ['seksi'] } },
  { en: 'standing', id: 'berdiri' },
  { en: 'row', id: 'baris' },
  { en: 'seat', id: 'kursi', not: { id: ['bangku', 'tempat duduk'] } },
  { en: 'ticket', id: 'tiket', not: { id: ['karcis'] } },
  {
    en: 'price category',
    id: 'kategori harga',
    not: { en: ['for whom', 'prices for'], id: ['untuk siapa'] },
  },
  {
    en: 'available',
    id: 'tersedia',
    not: { en: ['still free', 'give free'], id: ['kosong dan', 'masih kosong'] },
  },
  { en: 'choose', id: 'pilih', not: { en: ['select', 'pick'] } },
  { en: 'keep (seats until they are paid)', id: 'simpan', not: { en: ['hold your', 'reserve'] } },
  {
    en: 'release (kept seats)',
    id: 'lepaskan',
    not: { en: ['give back', 'given back', 'give the seats back'] },
  },
  { en: 'basket', id: 'keranjang', not: { en: ['cart'], id: ['troli'] } },
  { en: 'booking', id: 'pesanan', not: { en: ['reservation'], id: ['pemesanan', 'reservasi'] } },
  { en: 'reference', id: 'kode pesanan', not: { en: ['order number', 'booking code'], id: ['referensi'] } },
  { en: 'number of tickets', id: 'jumlah tiket', not: { en: ['how many'] } },
  {
    en: 'amount (of money)',
    id: 'nominal',
    not: { id: ['masukkan jumlah', 'jumlah di atas', 'jumlah seperti'] },
  },
  { en: 'total', id: 'total', not: { en: ['together with', 'altogether'] } },
  {
    en: 'refund, refunded',
    id: 'kembalikan, dikembalikan',
    not: { en: ['paid back', 'gone back', 'money goes back', 'reimburse'], id: ['refund'] },
  },
  { en: 'gross revenue (all that was ever paid)', id: 'pendapatan kotor' },
  { en: 'net revenue (gross less all refunds)', id: 'pendapatan bersih' },
  { en: 'ticket revenue (what the tickets sold now cost)', id: 'pendapatan tiket' },
  { en: 'refund on its way', id: 'sedang dikembalikan', not: { en: ['pending refund'] } },
  { en: 'cancel', id: 'batalkan', not: { en: ['call off'] } },
  { en: 'payment', id: 'pembayaran' },
  {
    en: 'log in, log out',
    id: 'masuk, keluar',
    not: { en: ['sign in', 'sign out', 'login '], id: ['login'] },
  },
  {
    en: 'create an account, delete account',
    id: 'buat akun, hapus akun',
    not: { en: ['open an account', 'open the account', 'close the account', 'sign up'], id: ['tutup akun'] },
  },
  { en: 'username', id: 'nama pengguna' },
  { en: 'e-mail address', id: 'alamat email', not: { en: ['email'], id: ['e-mail', 'surel'] } },
  { en: 'current password', id: 'kata sandi saat ini', not: { en: ['of now'], id: ['sandi lama'] } },
  { en: 'customer', id: 'pelanggan', not: { en: ['fan', 'fans'], id: ['penggemar', 'konsumen'] } },
  { en: 'organiser', id: 'penyelenggara', not: { en: ['organizer', 'promoter'], id: ['promotor'] } },
  { en: 'administrator', id: 'administrator', not: { id: ['pengelola'] } },
  { en: 'draft', id: 'draf', not: { id: ['konsep', 'rancangan'] } },
  { en: 'publish', id: 'terbitkan', not: { id: ['publikasikan'] } },
  { en: 'pause, resume (the sale)', id: 'jeda, lanjutkan', not: { id: ['dihentikan sementara'] } },
  { en: 'block, unblock (seats)', id: 'tahan, jual lagi', not: { id: ['blokir', 'bebaskan'] } },
  { en: 'status', id: 'status', not: { id: ['keadaan'] } },
  { en: 'browser', id: 'peramban', not: { id: ['browser'] } },
  { en: 'offline', id: 'offline', not: { id: ['luring'] } },
]

/** Words that must not appear in any message, because of their tone. */
export const NOT_OURS: { en: readonly string[]; id: readonly string[] } = {
  en: ['somebody', 'nobody', 'everybody', 'whoever', 'anew', 'meanwhile', 'is no e-mail', 'good for nothing'],
  id: ['kamu', 'kau', 'engkau', 'kalian', 'lu', 'gue'],
}
