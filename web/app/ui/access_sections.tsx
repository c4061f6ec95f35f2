import { createSignal, For } from "solid-js";
import { type Permission, useChangeGrant, useGrants } from "../state/grants.ts";
import { toProblem } from "../state/problem.ts";
import { useUser } from "../state/session.ts";
import { useUsers } from "../state/users.ts";
import { Confirm } from "./confirm.tsx";
import { GrantSection } from "./grant_section.tsx";
import { Loaded } from "./loaded.tsx";

const PERMISSIONS: readonly Permission[] = ["read", "publish", "manage"];

/** Who may read, publish to and manage one channel. */
export function AccessSections(props: { readonly channel: string }) {
  const name = () => props.channel;
  const user = useUser();
  const grants = useGrants(name);
  const change = useChangeGrant(name);
  const users = useUsers(() => user().role === "admin");
  const [isOpening, setOpening] = createSignal(false);
  const problem = () => (change.error ? toProblem(change.error).message : "");
  return (
    <>
      <datalist id="users">
        <For each={users.data}>
          {({ id, name, email }) => <option value={id}>{email ? `${name} · ${email}` : name}</option>}
        </For>
      </datalist>
      <Loaded query={grants} loading="Loading who may do what…">
        {(list) => (
          <For each={PERMISSIONS}>
            {(permission) => (
              <GrantSection
                channel={name()}
                permission={permission}
                grants={list()}
                nameOf={(id) => users.data?.find((one) => one.id === id)?.name}
                problem={change.variables?.grant.permission === permission && !isOpening() ? problem() : ""}
                onChange={(it) => {
                  const isForAnybody = it.isGiven && it.grant.audience === "public";
                  if (isForAnybody) change.reset();
                  if (isForAnybody) setOpening(true);
                  else change.mutate(it);
                }}
              />
            )}
          </For>
        )}
      </Loaded>
      <Confirm
        title={`Let anybody read ${name()}?`}
        isOpen={isOpening()}
        action="Let anybody read"
        isBusy={change.isPending}
        problem={problem()}
        onConfirm={() =>
          change.mutate(
            { grant: { permission: "read", audience: "public", userId: "" }, isGiven: true },
            { onSuccess: () => setOpening(false) },
          )
        }
        onClose={() => setOpening(false)}
      >
        Whoever reaches this hub reads everything in this channel, old and new, without signing in.
      </Confirm>
    </>
  );
}
