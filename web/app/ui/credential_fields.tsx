import type { Form } from "../state/form.ts";
import type { Credentials } from "../state/session.ts";
import { Field } from "./field.tsx";

/** What the two fields of sign-in and set-up need. */
export interface CredentialFieldsProps {
  readonly form: Form<Credentials, void>;
  /** For password managers: a new password, or the one they know. */
  readonly password: "new-password" | "current-password";
  readonly passwordHint?: string;
}

/** E-mail and password. */
export function CredentialFields(props: CredentialFieldsProps) {
  return (
    <>
      <Field label="E-mail" error={props.form.error("email")}>
        {(control) => (
          <input
            {...control}
            type="email"
            name="email"
            required
            autofocus
            autocomplete="username"
            value={props.form.values.email}
            onInput={(event) => props.form.set("email", event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Password" error={props.form.error("password")} hint={props.passwordHint}>
        {(control) => (
          <input
            {...control}
            type="password"
            name="password"
            required
            autocomplete={props.password}
            value={props.form.values.password}
            onInput={(event) => props.form.set("password", event.currentTarget.value)}
          />
        )}
      </Field>
    </>
  );
}
