import { memo } from 'react'
import { type Artwork as Drawing, generateArtwork } from './generate-artwork'

type Props = { id: string; name: string; className?: string | undefined }

/** A generated picture, always the same for the same concert. It is decorative. */
export const Artwork = memo(function Artwork({ id, name, className }: Props) {
  const drawing = generateArtwork(id, name)
  return (
    <svg
      viewBox="0 0 400 300"
      preserveAspectRatio="xMidYMid slice"
      className={className}
      aria-hidden="true"
      focusable="false"
    >
      <rect width="400" height="300" fill={drawing.ground} />
      <Motif drawing={drawing} />
    </svg>
  )
})

function Motif({ drawing }: { drawing: Drawing }) {
  return drawing.shapes.map((shape) => {
    const { key, ...attributes } = shape
    return 'd' in attributes ? <path key={key} {...attributes} /> : <circle key={key} {...attributes} />
  })
}
