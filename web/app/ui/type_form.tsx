import { Show } from "solid-js";
import { SEVERITIES } from "../../client/mod.ts";
import { useChannels } from "../state/channels.ts";
import { createTypeForm, type EventType, type Registration } from "../state/types.ts";
import { Choice } from "./choice.tsx";
import { FormView } from "./form_view.tsx";
import { SelectField } from "./select_field.tsx";
import { SEVERITY_LABELS } from "./severity.tsx";
import { TextField } from "./text_field.tsx";
import { TextareaField } from "./textarea_field.tsx";

/** What the form of a type needs. */
export interface TypeFormProps {
  /** The version to change; absent: a new type. */
  readonly type?: EventType;
  readonly onDone: (registration: Registration) => void;
}

const NOT_SAID = { value: "", label: "The publisher says" };
const SEVERITY_CHOICES = [NOT_SAID, ...SEVERITIES.map((value) => ({ value, label: SEVERITY_LABELS[value] }))];
const FORMATS = [NOT_SAID, { value: "text", label: "Text" }, { value: "markdown", label: "Markdown" }];
const SCHEMA = '{ "type": "object", "required": ["code"], "properties": { "code": { "type": "string" } } }';

/** Registers a type, a version of it, or other texts. */
export function TypeForm(props: TypeFormProps) {
  const form = createTypeForm(props.type);
  const channels = useChannels();
  const channelChoices = () => [NOT_SAID, ...(channels.data ?? []).map(({ name }) => ({ value: name, label: name }))];
  return (
    <FormView
      form={form}
      submitLabel={props.type ? "Save" : "Register type"}
      sendingLabel="Saving…"
      onSent={() => {
        const registration = form.result();
        if (registration) props.onDone(registration);
      }}
    >
      <Show when={props.type} fallback={<NameField form={form} />}>
        {(type) => (
          <VersionField type={type()} value={form.values.version} onChange={(it) => form.set("version", it)} />
        )}
      </Show>
      <TextField form={form} name="description" label="Description" isOptional />
      <div class="field-pair">
        <SelectField form={form} name="channel" label="Channel" options={channelChoices()} />
        <SelectField form={form} name="severity" label="Severity" options={SEVERITY_CHOICES} />
      </div>
      <TextField
        form={form}
        name="title"
        label="Title template"
        hint="Where the publisher gives no title: Order {{data.code}} paid"
        type="code"
        isOptional
      />
      <TextareaField
        form={form}
        name="message"
        label="Message template"
        hint="{{data.…}}, {{channel}}, {{sender}}, {{severity}} and {{type}} are filled in"
        rows={3}
        isOptional
      />
      <SelectField form={form} name="format" label="Format of the message" options={FORMATS} />
      <TextareaField
        form={form}
        name="schema"
        label="JSON Schema of the data"
        hint="Draft 2020-12. Empty: any data"
        placeholder={SCHEMA}
        rows={12}
        isCode
        isOptional
      />
    </FormView>
  );
}

function NameField(props: { readonly form: ReturnType<typeof createTypeForm> }) {
  return <TextField form={props.form} name="name" label="Name" hint="order.created" type="code" isFirst />;
}

interface VersionFieldProps {
  readonly type: EventType;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Where to save: what is published with this version must stay right, so other data need another version. */
function VersionField(props: VersionFieldProps) {
  const next = () => (props.type.versions.at(-1) ?? 0) + 1;
  return (
    <Choice
      legend="Save as"
      name="version"
      value={props.value}
      options={[
        { value: `${props.type.version}`, label: `Version ${props.type.version}` },
        { value: `${next()}`, label: `New version ${next()}` },
      ]}
      onChange={props.onChange}
    />
  );
}
