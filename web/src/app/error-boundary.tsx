import { Component, type ReactNode } from 'react'
import { UnexpectedErrorPage } from './error-pages'

type Props = { children: ReactNode }

/** A page that breaks leaves the shell standing. Give it the address as its key, so that the next page is tried. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <UnexpectedErrorPage />
  }
}
