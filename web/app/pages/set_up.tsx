import { useLocation } from "@solidjs/router";
import KeyRound from "lucide-solid/icons/key-round";
import { Show } from "solid-js";
import { createSetUp } from "../state/session.ts";
import { CredentialFields } from "../ui/credential_fields.tsx";
import { FormView } from "../ui/form_view.tsx";
import { Welcome } from "../ui/welcome.tsx";

/** Makes the first admin, with the one-time secret that stands behind `#` in the link that the server printed. */
export function SetUpPage() {
  const location = useLocation();
  const secret = () => location.hash.slice(1);
  const form = createSetUp(secret);
  return (
    <Show when={secret()} fallback={<NoSecret />}>
      <Welcome
        title="Set up Belfry"
        about="Choose the e-mail and password of the first admin. That is all there is to do."
      >
        <FormView form={form} submitLabel="Create admin" sendingLabel="Creating…">
          <CredentialFields form={form} password="new-password" passwordHint="At least 10 characters" />
        </FormView>
      </Welcome>
    </Show>
  );
}

function NoSecret() {
  return (
    <Welcome title="Almost there" about="Belfry has no admin yet, and this page was opened without the one-time link.">
      <div class="steps">
        <KeyRound size={18} />
        <p>
          Open the link that Belfry printed when it started. It looks like <code>{location.origin}/setup#…</code> and is
          valid for 30 minutes. If it is gone, restart Belfry: it prints a new one.
        </p>
      </div>
    </Welcome>
  );
}
