import CircleUser from "lucide-solid/icons/circle-user";
import UserPlus from "lucide-solid/icons/user-plus";
import { createSignal, For, Show } from "solid-js";
import { useUser } from "../state/session.ts";
import { type User, type UserState, userName, userState, useUsers } from "../state/users.ts";
import { Dialog } from "../ui/dialog.tsx";
import { InviteForm } from "../ui/invite_form.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { UserCard } from "../ui/user_card.tsx";

/** Lists the users, invites new ones and changes those that are there. */
export function UsersPage() {
  const users = useUsers();
  const me = useUser();
  const [isInviting, setInviting] = createSignal(false);
  const [chosen, setChosen] = createSignal<string | null>(null);
  const user = () => users.data?.find(({ id }) => id === chosen());
  const called = () => {
    const it = user();
    return it ? userName(it) : "";
  };
  const invite = (
    <button type="button" class="button primary" onClick={() => setInviting(true)}>
      <UserPlus size={16} />
      Invite
    </button>
  );
  return (
    <Page title="Users" about="The people who may sign in, and those whom another application sends." actions={invite}>
      <Loaded query={users} loading="Loading users…">
        {(list) => (
          <ul class="list" aria-label="Users">
            <For each={list()}>
              {(user) => <UserItem user={user} isMe={user.id === me().id} onOpen={() => setChosen(user.id)} />}
            </For>
          </ul>
        )}
      </Loaded>
      <Dialog title="Invite a user" isOpen={isInviting()} onClose={() => setInviting(false)}>
        <InviteForm onDone={() => setInviting(false)} />
      </Dialog>
      <Dialog title={called()} isOpen={user() !== undefined} onClose={() => setChosen(null)}>
        <Show when={user()}>
          {(it) => <UserCard user={it()} isMe={it().id === me().id} onDeleted={() => setChosen(null)} />}
        </Show>
      </Dialog>
    </Page>
  );
}

const STATES: Readonly<Record<UserState, { readonly label: string; readonly tone: string }>> = {
  active: { label: "Active", tone: "good" },
  invited: { label: "Invited", tone: "open" },
  "from application": { label: "From application", tone: "good" },
  "no password": { label: "No password", tone: "open" },
  disabled: { label: "Disabled", tone: "bad" },
};

function UserItem(props: { readonly user: User; readonly isMe: boolean; readonly onOpen: () => void }) {
  const it = () => props.user;
  const state = () => STATES[userState(it())];
  return (
    <li class="item">
      <CircleUser size={16} class="item-icon" />
      <div class="item-body">
        <h2>
          {userName(it())}
          <Show when={props.isMe}>
            <span class="optional"> you</span>
          </Show>
        </h2>
        <p class="item-meta">
          <span>{it().email ?? "no e-mail"}</span>
          <Show when={it().id !== it().email}>
            <code>{it().id}</code>
          </Show>
        </p>
      </div>
      <p class="item-end">
        <span>{it().role === "admin" ? "Admin" : "Member"}</span>
        <span class={`label ${state().tone}`}>{state().label}</span>
      </p>
      <button type="button" class="button small" onClick={() => props.onOpen()}>
        Change<span class="visually-hidden"> {userName(it())}</span>
      </button>
    </li>
  );
}
