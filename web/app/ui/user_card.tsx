import { createSignal, type JSX, Show } from "solid-js";
import { toProblem } from "../state/problem.ts";
import { type User, type UserChange, useChangeUser, useResetLink, userName, userState } from "../state/users.ts";
import { LinkBox } from "./link_box.tsx";
import { ErrorNotice } from "./notice.tsx";

/** What a user's card needs. */
export interface UserCardProps {
  readonly user: User;
  /** It is whoever looks at it. */
  readonly isMe: boolean;
  readonly onDeleted: () => void;
}

/** What an admin may do with one user: a line for each, with what it means. */
export function UserCard(props: UserCardProps) {
  const change = useChangeUser();
  const reset = useResetLink();
  const [isSure, setSure] = createSignal(false);
  const state = () => userState(props.user);
  const become = (to: UserChange["to"]) => {
    if (change.isPending) return;
    const onSuccess = () => to === "deleted" && props.onDeleted();
    change.mutate({ id: props.user.id, to }, { onSuccess });
  };
  const problem = () => change.error ?? reset.error;
  return (
    <div class="form">
      <p class="item-meta">
        <span>{props.user.email ?? "no e-mail"}</span>
        <span>
          id <code>{props.user.id}</code>
        </span>
      </p>
      <Show when={problem()}>{(error) => <ErrorNotice>{toProblem(error()).message}</ErrorNotice>}</Show>
      <Show when={reset.data}>{(link) => <LinkBox link={link()} label={`Link for ${userName(props.user)}`} />}</Show>
      <ul class="deeds">
        <Deed
          about={
            props.user.role === "admin"
              ? "An admin: sees every channel and changes everything."
              : "A member: sees and publishes what channels allow."
          }
        >
          <Show
            when={props.user.role === "admin"}
            fallback={<DeedButton label="Make admin" onClick={() => become("admin")} />}
          >
            <DeedButton label="Make member" onClick={() => become("member")} />
          </Show>
        </Deed>
        <Show when={state() !== "disabled" && props.user.email !== null}>
          <Deed
            about={
              {
                active: "Lost the password? A one-time link sets a new one.",
                invited: "Has set no password yet. A new link replaces the earlier one.",
                "from application":
                  "Comes with your application’s token. A one-time link sets a password here as well.",
                "no password": "Has no password. A one-time link sets one.",
                disabled: "",
              }[state()]
            }
          >
            <DeedButton
              label={state() === "active" ? "Reset link" : "New link"}
              onClick={() => !reset.isPending && reset.mutate(props.user.id)}
            />
          </Deed>
        </Show>
        <Show
          when={state() === "disabled"}
          fallback={
            <Deed
              about={`Disabling ${props.isMe ? "yourself" : "a user"} ends sessions and streams at once; tokens rest until enabled again.`}
            >
              <DeedButton label="Disable" onClick={() => become("disabled")} />
            </Deed>
          }
        >
          <Deed about="Disabled: cannot sign in, and the tokens rest. Enabling opens the tokens again.">
            <DeedButton label="Enable" onClick={() => become("enabled")} />
          </Deed>
        </Show>
        <Deed about="Deleting removes sessions and tokens for good; what was published stays.">
          <Show when={isSure()} fallback={<DeedButton label="Delete" isDanger onClick={() => setSure(true)} />}>
            <button ref={focusSoon} type="button" class="button small danger" onClick={() => become("deleted")}>
              Delete for good
            </button>
          </Show>
        </Deed>
      </ul>
    </div>
  );
}

/** The button took the place of the one that had the focus. */
function focusSoon(element: HTMLElement): void {
  queueMicrotask(() => element.focus());
}

function Deed(props: { readonly about: string; readonly children: JSX.Element }) {
  return (
    <li>
      <p>{props.about}</p>
      {props.children}
    </li>
  );
}

function DeedButton(props: { readonly label: string; readonly isDanger?: boolean; readonly onClick: () => void }) {
  return (
    <button
      type="button"
      class="button small"
      classList={{ danger: props.isDanger ?? false }}
      onClick={() => props.onClick()}
    >
      {props.label}
    </button>
  );
}
