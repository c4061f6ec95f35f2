import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { Message } from "./message.tsx";
import { NotificationLinks } from "./notification_links.tsx";
import { SEVERITY_LABELS, SeverityIcon } from "./severity.tsx";
import { TimeAgo } from "./time_ago.tsx";

/** What a row shows. */
export interface RowProps {
  readonly notification: Notification;
  /** Unix ms. */
  readonly now: number;
  /** It arrived just now. */
  readonly isFresh: boolean;
}

/** What a notification's row shows, and does. */
export interface NotificationRowProps extends RowProps {
  readonly isRead: boolean;
  readonly onMark: (read: boolean) => void;
  /** A request to acknowledge it. */
  readonly acknowledgement?: JSX.Element;
  /** Draws what is behind it, once somebody wants to see it. */
  readonly details: () => JSX.Element;
}

/** One notification for people: unread until it is clicked, opened or marked. */
export function NotificationRow(props: NotificationRowProps) {
  const id = createUniqueId();
  const [isOpen, setOpen] = createSignal(false);
  const it = () => props.notification;
  const read = () => {
    if (!props.isRead) props.onMark(true);
  };
  return (
    <article
      class="row"
      data-severity={it().severity}
      classList={{ fresh: props.isFresh, unread: !props.isRead }}
      aria-labelledby={id}
    >
      <SeverityIcon severity={it().severity} />
      {/* A convenience of the mouse: buttons below do the same. */}
      <div class="row-body" on:click={read}>
        <div class="row-head">
          <h2 id={id} classList={{ "visually-hidden": !it().title }}>
            {it().title ?? `${SEVERITY_LABELS[it().severity]} in ${it().channel}`}
          </h2>
          <Show when={!it().title}>
            <Message of={it()} />
          </Show>
          <TimeAgo timestamp={it().timestamp} now={props.now} />
        </div>
        <Show when={it().title && it().message}>
          <Message of={it()} />
        </Show>
        <NotificationLinks notification={it()} />
        {props.acknowledgement}
      </div>
      <div class="row-foot">
        <p class="row-meta">
          <Show when={!props.isRead}>
            <span class="unread-mark">Unread</span>
          </Show>
          <span class="row-severity">{SEVERITY_LABELS[it().severity]}</span>
          <span>{it().channel}</span>
          <For each={it().tags}>{(tag) => <span class="tag">{tag}</span>}</For>
        </p>
        <p class="row-buttons">
          <button type="button" class="link-button" aria-describedby={id} onClick={() => props.onMark(!props.isRead)}>
            {props.isRead ? "Mark unread" : "Mark read"}
          </button>
          <button
            type="button"
            class="link-button"
            aria-describedby={id}
            aria-expanded={isOpen()}
            aria-controls={`${id}-details`}
            onClick={() => {
              read();
              setOpen(!isOpen());
            }}
          >
            {isOpen() ? "Hide details" : "Details"}
          </button>
        </p>
      </div>
      <div id={`${id}-details`} class="row-details" hidden={!isOpen()}>
        <Show when={isOpen()}>{props.details()}</Show>
      </div>
    </article>
  );
}
