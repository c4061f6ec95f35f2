import { createSignal, Match, Show, Switch } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { plainText } from "../state/markdown.ts";
import { Markdown } from "./markdown.tsx";

/** A message longer than this many characters or lines is folded. */
const LONG = 600;
const MANY_LINES = 8;

/** A notification's message; where it is long it is folded, and only its text is shown until it is unfolded. */
export function Message(props: { readonly of: Pick<Notification, "message" | "format"> }) {
  const [isOpen, setOpen] = createSignal(false);
  const text = () => props.of.message ?? "";
  const isLong = () => text().length > LONG || text().split("\n", MANY_LINES + 1).length > MANY_LINES;
  return (
    <div class="message">
      <Switch fallback={<p>{text()}</p>}>
        <Match when={isLong() && !isOpen()}>
          <p class="folded">{plainText(props.of)}</p>
        </Match>
        <Match when={props.of.format === "markdown"}>
          <Markdown text={text()} />
        </Match>
      </Switch>
      <Show when={isLong()}>
        <button type="button" class="link-button" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
          {isOpen() ? "Show less" : "Show all"}
        </button>
      </Show>
    </div>
  );
}
