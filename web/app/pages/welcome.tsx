import { A, useLocation, useNavigate } from "@solidjs/router";
import Unlink from "lucide-solid/icons/unlink";
import { createEffect, createSignal, Match, Switch } from "solid-js";
import { createLinkAcceptance } from "../state/link.ts";
import { FormView } from "../ui/form_view.tsx";
import { LoadingNotice } from "../ui/notice.tsx";
import { TextField } from "../ui/text_field.tsx";
import { Welcome } from "../ui/welcome.tsx";

/** Stands behind an invitation or a reset link: sets a password with the secret behind `#`, and signs in. */
export function WelcomePage() {
  const location = useLocation();
  const navigate = useNavigate();
  const [secret, setSecret] = createSignal("");
  // The secret does not stay in the address, where others may read it and histories keep it.
  createEffect(() => {
    const found = location.hash.slice(1);
    if (!found) return;
    setSecret(found);
    navigate(location.pathname, { replace: true, scroll: false });
  });
  return (
    <Switch
      fallback={
        <LinkNeeded
          title="Open your link"
          about="This page sets a password with a one-time link, and it was opened without one."
          next="Open the link that you were given once more. If you have it no longer, ask an admin for a new one."
        />
      }
    >
      <Match when={secret()} keyed>
        {(value) => <NewPassword secret={value} />}
      </Match>
    </Switch>
  );
}

function NewPassword(props: { readonly secret: string }) {
  const navigate = useNavigate();
  const { form, state } = createLinkAcceptance(props.secret);
  return (
    <Switch
      fallback={
        <Welcome title="Welcome to Belfry" about="Choose a password. Then you are signed in.">
          <FormView
            form={form}
            submitLabel="Set password"
            sendingLabel="Signing in…"
            onSent={() => navigate("/", { replace: true })}
          >
            <TextField
              form={form}
              name="password"
              label="New password"
              hint="At least 10 characters"
              type="password"
              autocomplete="new-password"
              isFirst
            />
          </FormView>
        </Welcome>
      }
    >
      <Match when={state() === "asking"}>
        <Welcome title="Welcome to Belfry">
          <LoadingNotice>Looking at your link…</LoadingNotice>
        </Welcome>
      </Match>
      <Match when={state() === "void"}>
        <LinkNeeded
          title="This link is not valid any more"
          about="A link works once and for three days, and a newer one replaces it."
          next="Ask an admin for a new link."
        />
      </Match>
    </Switch>
  );
}

function LinkNeeded(props: { readonly title: string; readonly about: string; readonly next: string }) {
  return (
    <Welcome title={props.title} about={props.about}>
      <div class="steps" role="alert">
        <Unlink size={18} />
        <p>
          {props.next} If you have a password, <A href="/">sign in with it</A>.
        </p>
      </div>
    </Welcome>
  );
}
