import { createEffect, type JSX, Show } from "solid-js";
import { formatUnread } from "../state/figures.ts";
import { useInbox } from "../state/inbox.ts";

/** What every page has. */
export interface PageProps {
  readonly title: string;
  readonly about?: JSX.Element;
  /** Buttons beside the title. */
  readonly actions?: JSX.Element;
  readonly children: JSX.Element;
}

/** A page's frame: its title, here and, with how much is unread, on the browser's tab. */
export function Page(props: PageProps) {
  const { unread } = useInbox();
  createEffect(() => {
    const count = unread.total() > 0 ? `(${formatUnread(unread.total())}) ` : "";
    document.title = `${count}${props.title} · Belfry`;
  });
  return (
    <>
      <header class="page-head">
        <h1 tabindex={-1}>{props.title}</h1>
        {props.actions}
        <Show when={props.about}>
          <p class="page-about">{props.about}</p>
        </Show>
      </header>
      {props.children}
    </>
  );
}
