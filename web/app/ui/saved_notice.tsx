import CircleCheck from "lucide-solid/icons/circle-check";
import { type JSX, Show } from "solid-js";

/** Says that a form was saved; a screen reader hears it when it appears. */
export function SavedNotice(props: { readonly when: unknown; readonly children: JSX.Element }) {
  return (
    <div role="status">
      <Show when={props.when}>
        <p class="notice success">
          <CircleCheck size={18} />
          {props.children}
        </p>
      </Show>
    </div>
  );
}
