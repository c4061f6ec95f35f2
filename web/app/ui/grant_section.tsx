import TriangleAlert from "lucide-solid/icons/triangle-alert";
import UserPlus from "lucide-solid/icons/user-plus";
import { For, Show } from "solid-js";
import {
  type Crowd,
  createGrantee,
  type GivenGrant,
  type Grant,
  type GrantChange,
  granteesOf,
  isGranted,
  type Permission,
} from "../state/grants.ts";
import { FormView } from "./form_view.tsx";
import { ErrorNotice } from "./notice.tsx";
import { Section } from "./section.tsx";
import { TextField } from "./text_field.tsx";

/** What the section of one permission shows. */
export interface GrantSectionProps {
  readonly channel: string;
  readonly permission: Permission;
  readonly grants: readonly GivenGrant[];
  /** A user's name, where it is known. */
  readonly nameOf: (id: string) => string | undefined;
  /** Why the last change here did not work; empty: it did. */
  readonly problem: string;
  readonly onChange: (change: GrantChange) => void;
}

const TEXTS: Readonly<Record<Permission, { readonly title: string; readonly about: string }>> = {
  read: { title: "Read", about: "Sees the channel’s notifications, old and new." },
  publish: { title: "Publish", about: "Sends notifications to the channel." },
  manage: { title: "Manage", about: "Decides who may do what here; reads and publishes, too." },
};

/** Who has one permission: crowds with a switch each, and users by name. */
export function GrantSection(props: GrantSectionProps) {
  const has = (audience: Crowd) => isGranted(props.grants, props.permission, audience);
  const toggle = (audience: Crowd) => {
    const grant: Grant = { permission: props.permission, audience, userId: "" };
    props.onChange({ grant, isGiven: !has(audience) });
  };
  const grantees = () => granteesOf(props.grants, props.permission);
  const isClosed = () => !has("everyone") && !has("public") && grantees().length === 0;
  return (
    <Section title={TEXTS[props.permission].title} about={TEXTS[props.permission].about}>
      <Show when={props.problem}>
        <ErrorNotice>{props.problem}</ErrorNotice>
      </Show>
      <div class="panel grants">
        <Switch label="Everyone signed in" isOn={has("everyone")} onToggle={() => toggle("everyone")} />
        <Show when={props.permission === "read"}>
          <Switch label="Anybody, without signing in" isOn={has("public")} onToggle={() => toggle("public")} />
          <Show when={has("public")}>
            <p class="notice warning">
              <TriangleAlert size={18} />
              Whoever reaches this hub reads everything in this channel.
            </p>
          </Show>
        </Show>
        <Show when={isClosed()}>
          <p class="quiet">Nobody but admins.</p>
        </Show>
        <ul class="grantees" aria-label={`Users who may ${props.permission}`}>
          <For each={grantees()}>
            {({ userId: id, isKnown }) => (
              <li>
                <span>
                  {props.nameOf(id) ?? id}
                  <Show when={props.nameOf(id)}>
                    {" "}
                    <code>{id}</code>
                  </Show>
                  <Show when={!isKnown}>
                    {" "}
                    <span class="label open">not seen yet</span>
                  </Show>
                </span>
                <button
                  type="button"
                  class="button small"
                  onClick={() =>
                    props.onChange({
                      grant: { permission: props.permission, audience: "user", userId: id },
                      isGiven: false,
                    })
                  }
                >
                  Remove<span class="visually-hidden"> {props.nameOf(id) ?? id}</span>
                </button>
              </li>
            )}
          </For>
        </ul>
        <AddGrantee channel={props.channel} permission={props.permission} />
      </div>
    </Section>
  );
}

/** Shows what the hub says, not what was clicked: a change that is refused moves nothing. */
function Switch(props: { readonly label: string; readonly isOn: boolean; readonly onToggle: () => void }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={props.isOn}
        onChange={(event) => {
          event.currentTarget.checked = props.isOn;
          props.onToggle();
        }}
      />
      {props.label}
    </label>
  );
}

function AddGrantee(props: { readonly channel: string; readonly permission: Permission }) {
  const form = createGrantee(() => props.channel, props.permission);
  return (
    <FormView form={form} submitLabel="Add user" sendingLabel="Adding…" icon={<UserPlus size={16} />} isInline>
      <TextField
        form={form}
        name="userId"
        label={`User who may ${props.permission}`}
        hint="Id or e-mail; one whom the hub has not seen yet may come later"
        type="code"
        list="users"
      />
    </FormView>
  );
}
