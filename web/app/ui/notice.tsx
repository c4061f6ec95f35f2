import CircleAlert from "lucide-solid/icons/circle-alert";
import LoaderCircle from "lucide-solid/icons/loader-circle";
import { type JSX, Show } from "solid-js";

interface NoticeProps {
  readonly class?: string;
  readonly children: JSX.Element;
}

/** Something is on its way. */
export function LoadingNotice(props: NoticeProps) {
  return (
    <p class={`notice loading ${props.class ?? ""}`} role="status">
      <LoaderCircle size={18} class="spinner" />
      {props.children}
    </p>
  );
}

/** Something went wrong, with a way to try again where there is one. */
export function ErrorNotice(props: NoticeProps & { readonly onRetry?: () => void }) {
  return (
    <div class={`notice error ${props.class ?? ""}`} role="alert">
      <CircleAlert size={18} />
      <p>{props.children}</p>
      <Show when={props.onRetry}>
        <button type="button" class="button" onClick={() => props.onRetry?.()}>
          Try again
        </button>
      </Show>
    </div>
  );
}

/** There is nothing yet, and what to do about it. */
export function EmptyNotice(props: NoticeProps & { readonly title: string; readonly icon: JSX.Element }) {
  return (
    <div class="empty">
      <div class="empty-icon">{props.icon}</div>
      <h2>{props.title}</h2>
      <div class="empty-text">{props.children}</div>
    </div>
  );
}
