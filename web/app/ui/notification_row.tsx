import ExternalLink from "lucide-solid/icons/external-link";
import { createSignal, createUniqueId, For, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { SEVERITY_LABELS, SeverityIcon } from "./severity.tsx";
import { TimeAgo } from "./time_ago.tsx";

/** A message longer than this many characters or lines is folded. */
const LONG = 600;
const MANY_LINES = 8;

/** What a row shows. */
export interface RowProps {
  readonly notification: Notification;
  /** Unix ms. */
  readonly now: number;
  /** It arrived just now. */
  readonly isFresh: boolean;
}

/** One notification for people. */
export function NotificationRow(props: RowProps) {
  const id = createUniqueId();
  const it = () => props.notification;
  return (
    <article class="row" data-severity={it().severity} classList={{ fresh: props.isFresh }} aria-labelledby={id}>
      <SeverityIcon severity={it().severity} />
      <div class="row-body">
        <div class="row-head">
          <h2 id={id} classList={{ "visually-hidden": !it().title }}>
            {it().title ?? `${SEVERITY_LABELS[it().severity]} in ${it().channel}`}
          </h2>
          <Show when={!it().title}>
            <Message text={it().message ?? ""} />
          </Show>
          <TimeAgo timestamp={it().timestamp} now={props.now} />
        </div>
        <Show when={it().title && it().message}>
          <Message text={it().message ?? ""} />
        </Show>
        <Links notification={it()} />
        <p class="row-meta">
          <span class="row-severity">{SEVERITY_LABELS[it().severity]}</span>
          <span>{it().channel}</span>
          <For each={it().tags}>{(tag) => <span class="tag">{tag}</span>}</For>
        </p>
      </div>
    </article>
  );
}

function Message(props: { readonly text: string }) {
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

/** The link, and those actions that are links; an action with another method is for programs. */
function Links(props: { readonly notification: Notification }) {
  const links = () => {
    const { link, actions = [] } = props.notification;
    const own = link ? [{ label: new URL(link).host, url: link }] : [];
    return [...own, ...actions.filter(({ method = "GET" }) => method === "GET")];
  };
  return (
    <Show when={links().length > 0}>
      <p class="row-links">
        <For each={links()}>
          {({ label, url }) => (
            <a class="button small" href={url} target="_blank" rel="noopener noreferrer">
              {label}
              <ExternalLink size={13} />
              <span class="visually-hidden"> (opens a new tab)</span>
            </a>
          )}
        </For>
      </p>
    </Show>
  );
}
