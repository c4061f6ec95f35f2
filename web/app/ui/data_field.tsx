import { For, Show } from "solid-js";
import type { DraftFields } from "../state/draft_fields.ts";
import type { Form } from "../state/form.ts";
import { listSchemaFields } from "../state/schema_fields.ts";
import { TextareaField } from "./textarea_field.tsx";

/** What the editor of data needs. */
export interface DataFieldProps {
  readonly form: Form<DraftFields, unknown>;
  /** JSON Schema of the chosen type; null: any data. */
  readonly schema: unknown;
}

/** The data of a notification as JSON, beside the fields that its type asks for. */
export function DataField(props: DataFieldProps) {
  const fields = () => listSchemaFields(props.schema);
  return (
    <>
      <TextareaField
        form={props.form}
        name="data"
        label="Data"
        hint="JSON, for programs"
        rows={fields().length > 0 ? 8 : 4}
        isCode
        isOptional
      />
      <Show when={fields().length > 0}>
        <div class="table-box">
          <table class="table">
            <caption>Fields of the type’s data</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">What it holds</th>
                <th scope="col">Needed</th>
              </tr>
            </thead>
            <tbody>
              <For each={fields()}>
                {({ path, kind, isRequired, about }) => (
                  <tr>
                    <th scope="row">
                      <code>{path}</code>
                    </th>
                    <td>
                      {kind}
                      <Show when={about}>
                        <br />
                        <span class="quiet">{about}</span>
                      </Show>
                    </td>
                    <td>{isRequired ? "Yes" : "No"}</td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </div>
      </Show>
    </>
  );
}
