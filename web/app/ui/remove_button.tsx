import { createSignal } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { createRemoval } from "../state/removal.ts";
import { Dialog } from "./dialog.tsx";
import { FormView } from "./form_view.tsx";
import { TextField } from "./text_field.tsx";

/** Removes a notification from every screen, once it is sure and says why. */
export function RemoveButton(props: { readonly notification: Notification }) {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <button type="button" class="button small danger" onClick={() => setOpen(true)}>
        Remove…
      </button>
      <Dialog title="Remove this notification?" isOpen={isOpen()} onClose={() => setOpen(false)}>
        <Removal notification={props.notification} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Removal(props: { readonly notification: Notification; readonly onDone: () => void }) {
  const form = createRemoval(props.notification);
  return (
    <FormView
      form={form}
      submitLabel="Remove for everyone"
      sendingLabel="Removing…"
      isDanger
      onSent={() => props.onDone()}
    >
      <p>It leaves every screen at once, and nobody can read it again. This cannot be undone.</p>
      <TextField
        form={form}
        name="reason"
        label="Why"
        hint="Kept in the audit trail; readers are not told"
        isOptional
        isFirst
      />
    </FormView>
  );
}
