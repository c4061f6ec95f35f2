import KeyRound from "lucide-solid/icons/key-round";
import { For, Show } from "solid-js";
import { formatDay } from "../state/clock.ts";
import { isPast, type Token, type TokenState, tokenState } from "../state/tokens.ts";
import { TimeAgo } from "./time_ago.tsx";

/** What a token's line shows. */
export interface TokenItemProps {
  readonly token: Token;
  /** Unix ms. */
  readonly now: number;
  readonly showOwner: boolean;
  readonly onRevoke: () => void;
}

const LABELS: Readonly<Partial<Record<TokenState, { readonly text: string; readonly tone: string }>>> = {
  resting: { text: "Resting: its owner is disabled", tone: "open" },
  expired: { text: "Expired", tone: "bad" },
  revoked: { text: "Revoked", tone: "bad" },
};

/** One token: what it is for, and when it was used last. */
export function TokenItem(props: TokenItemProps) {
  const it = () => props.token;
  const state = () => tokenState(it(), props.now);
  return (
    <li class="item">
      <KeyRound size={16} class="item-icon" />
      <div class="item-body">
        <h3>{it().name}</h3>
        <p class="item-meta">
          <Show when={LABELS[state()]}>{(label) => <span class={`label ${label().tone}`}>{label().text}</span>}</Show>
          <code>{it().prefix}…</code>
          <Show when={props.showOwner}>
            <span>{it().owner === null ? "bound to no user" : `of ${it().owner}`}</span>
          </Show>
          <span>may {it().scopes.includes("admin") ? "do everything" : it().scopes.join(", ")}</span>
          <span class="tags">
            on <For each={it().patterns}>{(pattern) => <code class="tag">{pattern}</code>}</For>
          </span>
        </p>
        <p class="item-meta">
          <Show when={it().lastUsedAt} fallback={<span>never used</span>}>
            {(at) => (
              <span>
                used <TimeAgo timestamp={at()} now={props.now} />
                <Show when={it().lastUsedAddress}> from {it().lastUsedAddress}</Show>
              </span>
            )}
          </Show>
          <span>
            made <TimeAgo timestamp={it().createdAt} now={props.now} />
          </span>
          <span>{expiry(it().expiresAt)}</span>
        </p>
      </div>
      <Show when={!isPast(it(), props.now)}>
        <button type="button" class="button small" onClick={() => props.onRevoke()}>
          Revoke<span class="visually-hidden"> {it().name}</span>
        </button>
      </Show>
    </li>
  );
}

function expiry(expiresAt: string | null): string {
  return expiresAt === null ? "does not expire" : `expires ${formatDay(Date.parse(expiresAt))}`;
}
