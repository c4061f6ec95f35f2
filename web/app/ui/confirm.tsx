import { type JSX, Show } from "solid-js";
import { Dialog } from "./dialog.tsx";
import { ErrorNotice } from "./notice.tsx";

/** What a confirmation asks. */
export interface ConfirmProps {
  readonly title: string;
  readonly isOpen: boolean;
  /** What the button does, as a verb. */
  readonly action: string;
  readonly isBusy: boolean;
  /** Why it did not work; empty: it did, or was not tried. */
  readonly problem: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What will happen. */
  readonly children: JSX.Element;
}

/** Asks before something that cannot be undone; the way out has the focus. */
export function Confirm(props: ConfirmProps) {
  return (
    <Dialog title={props.title} isOpen={props.isOpen} onClose={() => props.onClose()}>
      <div class="form">
        <p>{props.children}</p>
        <Show when={props.problem}>
          <ErrorNotice>{props.problem}</ErrorNotice>
        </Show>
        <div class="form-end">
          <button
            type="button"
            class="button danger"
            aria-disabled={props.isBusy}
            onClick={() => !props.isBusy && props.onConfirm()}
          >
            {props.action}
          </button>
          <button type="button" class="button" autofocus onClick={() => props.onClose()}>
            Cancel
          </button>
        </div>
      </div>
    </Dialog>
  );
}
