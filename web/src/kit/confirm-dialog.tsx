import { Button, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useMessages } from '@/i18n/messages'
import { ActionButton } from './action-button'
import styles from './confirm-dialog.module.css'
import { kitMessages } from './messages'

type Props = {
  title: string
  /** What the action does. */
  children: ReactNode
  /** The label of the button. */
  confirm: string
  isDangerous?: boolean
  isPending: boolean
  /** The text of an error. */
  refusal: string | undefined
  canConfirm?: boolean
  onConfirm: () => void
  onClose: () => void
}

/** Asks before an action. Render it only while it is open. */
export function ConfirmDialog(props: Props) {
  const { title, children, confirm, isDangerous = false, isPending, refusal, canConfirm = true } = props
  const text = useMessages(kitMessages)
  return (
    <Modal
      opened
      centered
      title={title}
      closeButtonProps={{ 'aria-label': text.close }}
      classNames={{ title: styles.title ?? '', body: styles.body ?? '' }}
      onClose={props.onClose}
    >
      {children}
      {refusal !== undefined && (
        <p className={styles.refusal} role="alert">
          {refusal}
        </p>
      )}
      <div className={styles.buttons}>
        <Button variant="default" onClick={props.onClose}>
          {text.back}
        </Button>
        <ActionButton
          {...(isDangerous && { color: 'red.8' })}
          loading={isPending}
          disabled={!canConfirm}
          onClick={props.onConfirm}
        >
          {confirm}
        </ActionButton>
      </div>
    </Modal>
  )
}
