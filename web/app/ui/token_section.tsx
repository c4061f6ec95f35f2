import KeyRound from "lucide-solid/icons/key-round";
import Plus from "lucide-solid/icons/plus";
import { createSignal, For, Show } from "solid-js";
import { createClock } from "../state/clock.ts";
import { toProblem } from "../state/problem.ts";
import { useUser } from "../state/session.ts";
import { isPast, type Token, useRevokeToken, useTokens } from "../state/tokens.ts";
import { Choice } from "./choice.tsx";
import { Confirm } from "./confirm.tsx";
import { Dialog } from "./dialog.tsx";
import { Loaded } from "./loaded.tsx";
import { NewTokenForm } from "./new_token_form.tsx";
import { Section } from "./section.tsx";
import { TokenItem } from "./token_item.tsx";

const WHOSE = [
  { value: "mine", label: "Mine" },
  { value: "all", label: "All" },
] as const;

/** The tokens that the user may see, and what makes and revokes them. */
export function TokenSection(props: { readonly isAdmin: boolean }) {
  const tokens = useTokens();
  const revoke = useRevokeToken();
  const now = createClock();
  const me = useUser();
  const [whose, setWhose] = createSignal("mine");
  const [isOpen, setOpen] = createSignal(false);
  const [doomed, setDoomed] = createSignal<Token | null>(null);
  const create = (
    <button type="button" class="button" onClick={() => setOpen(true)}>
      <Plus size={16} />
      New token
    </button>
  );
  const item = (token: Token) => (
    <TokenItem
      token={token}
      now={now()}
      showOwner={whose() === "all"}
      onRevoke={() => {
        revoke.reset();
        setDoomed(token);
      }}
    />
  );
  return (
    <Section title="Tokens" about="Credentials for programs. Each may at most what its owner may." actions={create}>
      <Show when={props.isAdmin}>
        <Choice legend="Whose" isQuiet name="whose" value={whose()} options={WHOSE} onChange={setWhose} />
      </Show>
      <Loaded query={tokens} loading="Loading tokens…">
        {(list) => {
          const shown = () => list().filter(({ owner }) => whose() === "all" || owner === me().id);
          const valid = () => shown().filter((token) => !isPast(token, now()));
          const past = () => shown().filter((token) => isPast(token, now()));
          return (
            <>
              <ul class="list" aria-label="Tokens">
                <For each={valid()} fallback={<NoToken />}>
                  {item}
                </For>
              </ul>
              <Show when={past().length > 0}>
                <details class="past">
                  <summary>{past().length} revoked or expired</summary>
                  <ul class="list" aria-label="Revoked or expired tokens">
                    <For each={past()}>{item}</For>
                  </ul>
                </details>
              </Show>
            </>
          );
        }}
      </Loaded>
      <Dialog title="New token" isOpen={isOpen()} onClose={() => setOpen(false)}>
        <NewTokenForm isAdmin={props.isAdmin} onDone={() => setOpen(false)} />
      </Dialog>
      <Confirm
        title={`Revoke ${doomed()?.name ?? ""}?`}
        isOpen={doomed() !== null}
        action="Revoke token"
        isBusy={revoke.isPending}
        problem={revoke.error ? toProblem(revoke.error).message : ""}
        onConfirm={() => revoke.mutate(doomed()?.id ?? 0, { onSuccess: () => setDoomed(null) })}
        onClose={() => setDoomed(null)}
      >
        Programs that use it are refused at once, and their open streams end. This cannot be undone.
      </Confirm>
    </Section>
  );
}

function NoToken() {
  return (
    <li class="item quiet">
      <KeyRound size={16} class="item-icon" />
      <p>No token yet. Make one for each program, so that each can be revoked alone.</p>
    </li>
  );
}
