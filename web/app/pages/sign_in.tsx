import { useLocation } from "@solidjs/router";
import { createSignIn } from "../state/session.ts";
import { CredentialFields } from "../ui/credential_fields.tsx";
import { FormView } from "../ui/form_view.tsx";
import { Welcome } from "../ui/welcome.tsx";

/** Signs in; whoever opens the set-up link again learns that it did its work. */
export function SignInPage() {
  const form = createSignIn();
  const location = useLocation();
  const about = () => (location.pathname === "/setup" ? "Belfry is set up already. Sign in to go on." : undefined);
  return (
    <Welcome title="Sign in to Belfry" about={about()}>
      <FormView form={form} submitLabel="Sign in" sendingLabel="Signing in…">
        <CredentialFields form={form} password="current-password" />
      </FormView>
    </Welcome>
  );
}
