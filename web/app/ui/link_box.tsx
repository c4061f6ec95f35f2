import { formatMinute } from "../state/clock.ts";
import type { OneTimeLink } from "../state/users.ts";
import { SecretBox } from "./secret_box.tsx";

/** A one-time link to hand over. */
export function LinkBox(props: { readonly link: OneTimeLink; readonly label: string }) {
  return (
    <SecretBox label={props.label} value={props.link.link}>
      Hand it over yourself: whoever opens it sets the password. It is shown this once, works once, and is valid until{" "}
      {formatMinute(Date.parse(props.link.expiresAt))}.
    </SecretBox>
  );
}
