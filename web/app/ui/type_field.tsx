import { Show } from "solid-js";
import type { DraftFields } from "../state/draft_fields.ts";
import type { Form } from "../state/form.ts";
import { exampleOf } from "../state/schema_fields.ts";
import type { EventType } from "../state/types.ts";
import { SelectField } from "./select_field.tsx";

/** What the choice of a type needs. */
export interface TypeFieldProps {
  readonly form: Form<DraftFields, unknown>;
  readonly types: readonly EventType[];
  /** Names of the channels to choose from. */
  readonly channels: readonly string[];
}

/** The type of a notification in a form; what the type says is filled in. Absent while there are none. */
export function TypeField(props: TypeFieldProps) {
  const fill = (name: string) => {
    const type = props.types.find((one) => one.name === name);
    if (type?.severity) props.form.set("severity", type.severity);
    if (type?.channel && props.channels.includes(type.channel)) props.form.set("channel", type.channel);
    props.form.set("data", type?.schema ? JSON.stringify(exampleOf(type.schema), null, 2) : "");
  };
  return (
    <Show when={props.types.length > 0}>
      <SelectField
        form={props.form}
        name="type"
        label="Type"
        options={[
          { value: "", label: "None: just a message" },
          ...props.types.map(({ name, description }) => ({
            value: name,
            label: description ? `${name} · ${description}` : name,
          })),
        ]}
        hint="Its texts, severity and channel are filled in, and its data are checked"
        onChosen={fill}
      />
    </Show>
  );
}
