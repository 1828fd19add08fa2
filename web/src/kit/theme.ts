import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** Curtain red; 6 is readable under white, 4 on dark ground. */
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

export const theme = createTheme({
  primaryColor: 'vermilion',
  primaryShade: { light: 6, dark: 6 },
  colors: { vermilion },
  fontFamily: "'Figtree Variable', system-ui, sans-serif",
  headings: {
    fontFamily: "'Bricolage Grotesque Variable', 'Figtree Variable', system-ui, sans-serif",
    fontWeight: '640',
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
})
