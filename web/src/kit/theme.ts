import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** The brand colour. Shade 6 has enough contrast under white text, shade 4 on dark backgrounds. */
const vermilion: MantineColorsTuple = [
  '#fff1ec',
  '#fbe0d7',
  '#f3bfae',
  '#eb9c82',
  '#e6775a',
  '#d9532f',
  '#c43d1b',
  '#a53115',
  '#842813',
  '#5f1e10',
]

/** For destructive buttons; dark enough under white text. */
const red: MantineColorsTuple = [
  '#fff0ee',
  '#fbdcd8',
  '#f4b8b1',
  '#ec9187',
  '#e26f63',
  '#d34a40',
  '#b3261e',
  '#971d17',
  '#7a1712',
  '#58100d',
]

export const theme = createTheme({
  primaryColor: 'vermilion',
  primaryShade: { light: 6, dark: 6 },
  colors: { vermilion, red },
  fontFamily: "'Figtree Variable', system-ui, sans-serif",
  headings: {
    fontFamily: "'Bricolage Grotesque Variable', 'Figtree Variable', system-ui, sans-serif",
    fontWeight: '640',
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
})
