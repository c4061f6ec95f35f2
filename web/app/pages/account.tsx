import { useUser } from "../state/session.ts";
import { createPasswordForm } from "../state/sessions.ts";
import { FormView } from "../ui/form_view.tsx";
import { Page } from "../ui/page.tsx";
import { PreferencesSections } from "../ui/preferences_sections.tsx";
import { SavedNotice } from "../ui/saved_notice.tsx";
import { Section } from "../ui/section.tsx";
import { SessionList } from "../ui/session_list.tsx";
import { TextField } from "../ui/text_field.tsx";
import { TokenSection } from "../ui/token_section.tsx";

/** Who I am, what I want to be shown, my password, the browsers in which I am signed in, and my tokens. */
export function AccountPage() {
  const user = useUser();
  return (
    <Page title="Account">
      <dl class="facts">
        <Fact name="Name" value={user().name} />
        <Fact name="E-mail" value={user().email ?? "none"} />
        <Fact name="User id" value={user().id} />
        <Fact name="Role" value={user().role === "admin" ? "Admin" : "Member"} />
      </dl>
      <PreferencesSections />
      <Section title="Sessions" about="The browsers in which you are signed in.">
        <SessionList />
      </Section>
      <TokenSection isAdmin={user().role === "admin"} />
      <Section title="Password" about="Changing it signs you out everywhere but here.">
        <Password />
      </Section>
    </Page>
  );
}

function Fact(props: { readonly name: string; readonly value: string }) {
  return (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

function Password() {
  const user = useUser();
  const form = createPasswordForm();
  return (
    <div class="panel">
      <FormView form={form} submitLabel="Change password" sendingLabel="Changing…">
        {/* Password managers ask which account a new password is for. */}
        <input hidden type="text" autocomplete="username" readonly value={user().email ?? user().id} />
        <TextField
          form={form}
          name="currentPassword"
          label="Current password"
          type="password"
          autocomplete="current-password"
        />
        <TextField
          form={form}
          name="newPassword"
          label="New password"
          hint="At least 10 characters"
          type="password"
          autocomplete="new-password"
        />
      </FormView>
      <SavedNotice when={form.result()}>Your password is changed, and your other sessions have ended.</SavedNotice>
    </div>
  );
}
