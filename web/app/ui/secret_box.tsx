import Check from "lucide-solid/icons/check";
import CopyIcon from "lucide-solid/icons/copy";
import TriangleAlert from "lucide-solid/icons/triangle-alert";
import { createUniqueId, type JSX, onMount, Show } from "solid-js";
import { createCopy } from "../state/copy.ts";

/** What a secret's box shows. */
export interface SecretBoxProps {
  readonly label: string;
  readonly value: string;
  /** What to know about it. */
  readonly children: JSX.Element;
}

/** A secret that is shown this once, with a button that copies it. */
export function SecretBox(props: SecretBoxProps) {
  const id = createUniqueId();
  const copy = createCopy();
  let field!: HTMLInputElement;
  // What asked for the secret may be gone with its focus; here it is read out with what to know about it.
  onMount(() => {
    field.focus();
    showStart(field);
  });
  return (
    <div class="secret">
      <label for={id}>{props.label}</label>
      <div class="secret-line">
        <input
          ref={field}
          id={id}
          type="text"
          readonly
          spellcheck={false}
          aria-describedby={`${id}-about`}
          value={props.value}
          onFocus={(event) => {
            event.currentTarget.select();
            showStart(event.currentTarget);
          }}
        />
        <button type="button" class="button" onClick={() => void copy.run(field)}>
          <Show when={copy.state() === "copied"} fallback={<CopyIcon size={16} />}>
            <Check size={16} />
          </Show>
          Copy
        </button>
      </div>
      <p class="field-hint" role="status">
        <Show when={copy.state() === "copied"}>Copied</Show>
        <Show when={copy.state() === "failed"}>Not copied: copy the selected text with the keyboard</Show>
      </p>
      <p id={`${id}-about`} class="notice warning">
        <TriangleAlert size={18} />
        <span>{props.children}</span>
      </p>
    </div>
  );
}

/** Where a link leads stands at its start; selecting shows the end. */
function showStart(field: HTMLInputElement): void {
  field.scrollLeft = 0;
}
