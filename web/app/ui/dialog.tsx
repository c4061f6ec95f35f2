import X from "lucide-solid/icons/x";
import { createEffect, createUniqueId, type JSX, Show } from "solid-js";

/** What a dialog shows. */
export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  /** Has room for long forms. */
  readonly isWide?: boolean;
  /** It was closed with Escape, the cross or a click beside it. */
  readonly onClose: () => void;
  readonly children: JSX.Element;
}

/** A modal dialog: the browser's own, which holds the focus and gives it back. */
export function Dialog(props: DialogProps) {
  const id = createUniqueId();
  let element!: HTMLDialogElement;
  createEffect(() => {
    if (props.isOpen && !element.open) element.showModal();
    if (!props.isOpen && element.open) element.close();
  });
  return (
    <dialog
      ref={element}
      class="dialog"
      classList={{ wide: props.isWide ?? false }}
      aria-labelledby={id}
      onClose={() => props.onClose()}
      onClick={(event) => event.target === element && props.onClose()}
      onKeyDown={(event) => event.key === "Escape" && props.onClose()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{props.title}</h2>
          <button type="button" class="button icon-only" aria-label="Close" onClick={() => props.onClose()}>
            <X size={18} />
          </button>
        </header>
        <Show when={props.isOpen}>{props.children}</Show>
      </div>
    </dialog>
  );
}
