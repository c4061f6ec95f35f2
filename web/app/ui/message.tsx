import { createSignal, Show } from "solid-js";

/** A message longer than this many characters or lines is folded. */
const LONG = 600;
const MANY_LINES = 8;

/** A message's text, folded where it is long. */
export function Message(props: { readonly text: string }) {
  const [isOpen, setOpen] = createSignal(false);
  const isLong = () => props.text.length > LONG || props.text.split("\n", MANY_LINES + 1).length > MANY_LINES;
  return (
    <div class="message">
      <p classList={{ folded: isLong() && !isOpen() }}>{props.text}</p>
      <Show when={isLong()}>
        <button type="button" class="link-button" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
          {isOpen() ? "Show less" : "Show all"}
        </button>
      </Show>
    </div>
  );
}
