import CalendarClock from "lucide-solid/icons/calendar-clock";
import { createSignal, For, Show } from "solid-js";
import type { Scheduled } from "../../client/mod.ts";
import { formatMinute } from "../state/clock.ts";
import { toProblem } from "../state/problem.ts";
import { createReschedule, createScheduledList, useCancelScheduled } from "../state/scheduled.ts";
import { Confirm } from "./confirm.tsx";
import { Dialog } from "./dialog.tsx";
import { FormView } from "./form_view.tsx";
import { Loaded } from "./loaded.tsx";
import { NextPage } from "./next_page.tsx";
import { ScheduledItem } from "./scheduled_item.tsx";
import { Section } from "./section.tsx";
import { TextField } from "./text_field.tsx";
import { TextareaField } from "./textarea_field.tsx";

/** What waits for its time: the user's own, and what goes to channels that the user manages. */
export function ScheduledSection(props: { readonly now: () => number }) {
  const { pages, items } = createScheduledList();
  const cancel = useCancelScheduled();
  const [changed, setChanged] = createSignal<Scheduled | null>(null);
  const [doomed, setDoomed] = createSignal<Scheduled | null>(null);
  return (
    <Section title="Scheduled" about="Waits for its time, and can be changed or cancelled until then.">
      <Loaded query={pages} loading="Loading what is scheduled…">
        {() => (
          <>
            <ul class="list" aria-label="Scheduled, the first that is due first">
              <For each={items()} fallback={<NothingScheduled />}>
                {(it) => (
                  <ScheduledItem
                    item={it}
                    onChange={() => setChanged(it)}
                    onCancel={() => {
                      cancel.reset();
                      setDoomed(it);
                    }}
                  />
                )}
              </For>
            </ul>
            <NextPage pages={pages} />
          </>
        )}
      </Loaded>
      <Dialog title="Change what is scheduled" isOpen={changed() !== null} onClose={() => setChanged(null)}>
        <Show when={changed()}>
          {(it) => <Reschedule item={it()} now={props.now} onDone={() => setChanged(null)} />}
        </Show>
      </Dialog>
      <Confirm
        title="Cancel it?"
        isOpen={doomed() !== null}
        action="Cancel the notification"
        isBusy={cancel.isPending}
        problem={cancel.error ? toProblem(cancel.error).message : ""}
        onConfirm={() => cancel.mutate(doomed()?.scheduledId ?? 0, { onSuccess: () => setDoomed(null) })}
        onClose={() => setDoomed(null)}
      >
        {doomed()?.title ?? doomed()?.message} is then not delivered at{" "}
        {formatMinute(Date.parse(doomed()?.deliverAt ?? ""))}, nor later.
      </Confirm>
    </Section>
  );
}

interface RescheduleProps {
  readonly item: Scheduled;
  readonly now: () => number;
  readonly onDone: () => void;
}

function Reschedule(props: RescheduleProps) {
  const form = createReschedule(props.item, props.now);
  return (
    <FormView form={form} submitLabel="Save" sendingLabel="Saving…" onSent={() => props.onDone()}>
      <TextField
        form={form}
        name="deliverAt"
        label="Deliver at"
        hint="In your time zone"
        type="datetime-local"
        isFirst
      />
      <TextField form={form} name="title" label="Title" isOptional />
      <TextareaField form={form} name="message" label="Message" />
    </FormView>
  );
}

function NothingScheduled() {
  return (
    <li class="item quiet">
      <CalendarClock size={16} class="item-icon" />
      <p>Nothing is scheduled.</p>
    </li>
  );
}
