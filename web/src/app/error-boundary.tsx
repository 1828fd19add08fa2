import { Component, type ReactNode } from 'react'
import { UnexpectedErrorPage } from './error-pages'

type Props = { children: ReactNode }

/** Keeps the shell when a page throws. Use the path as its key so that navigation resets it. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <UnexpectedErrorPage />
  }
}
