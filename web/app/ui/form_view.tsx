import { createUniqueId, type JSX, Show } from "solid-js";
import type { Form } from "../state/form.ts";
import { ErrorNotice } from "./notice.tsx";

/** What a form's frame shows. */
export interface FormViewProps {
  readonly form: Pick<Form<Record<string, string>, unknown>, "send" | "problem" | "isSending">;
  readonly submitLabel: string;
  readonly sendingLabel: string;
  readonly icon?: JSX.Element;
  /** Stands beside the button, and a screen reader reads it with the button: what the sending would do. */
  readonly note?: string;
  /** The button stands beside the one field. */
  readonly isInline?: boolean;
  /** What it does cannot be undone. */
  readonly isDanger?: boolean;
  /** It was sent and went well. */
  readonly onSent?: () => void;
  readonly children: JSX.Element;
}

/** The frame of every form: sends, says what is wrong with the whole, and leads to the first field that is wrong. */
export function FormView(props: FormViewProps) {
  const noteId = createUniqueId();
  let element!: HTMLFormElement;
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await props.form.send()) return props.onSent?.();
    const wrong = element.querySelector<HTMLElement>('[aria-invalid="true"]');
    // Nothing that is folded away can have the focus.
    const folded = wrong?.closest("details");
    if (folded) folded.open = true;
    wrong?.focus();
  };
  return (
    <form ref={element} class="form" classList={{ inline: props.isInline ?? false }} noValidate onSubmit={send}>
      {props.children}
      <Show when={props.form.problem()}>
        <ErrorNotice>{props.form.problem()}</ErrorNotice>
      </Show>
      <div class="form-end">
        <button
          type="submit"
          class="button"
          classList={{ primary: !props.isInline && !props.isDanger, danger: props.isDanger ?? false }}
          aria-disabled={props.form.isSending()}
          aria-describedby={props.note ? noteId : undefined}
        >
          {props.icon}
          {props.form.isSending() ? props.sendingLabel : props.submitLabel}
        </button>
        <Show when={props.note}>
          <p id={noteId} class="form-note">
            {props.note}
          </p>
        </Show>
      </div>
    </form>
  );
}
