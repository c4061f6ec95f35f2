import { createSignal, For, Show } from "solid-js";
import { type EventType, type Registration, useType } from "../state/types.ts";
import { Loaded } from "./loaded.tsx";
import { TypeForm } from "./type_form.tsx";

/** What a type's card needs. */
export interface TypeCardProps {
  readonly newest: EventType;
  readonly onDone: (registration: Registration) => void;
}

/** One type: its versions, each to be looked at and changed. */
export function TypeCard(props: TypeCardProps) {
  const [version, setVersion] = createSignal(props.newest.version);
  const type = useType(() => ({ name: props.newest.name, version: version() }));
  return (
    <div class="form">
      <Show when={props.newest.versions.length > 1}>
        <div class="field">
          <label for="type-version">Version to look at</label>
          <select id="type-version" onChange={(event) => setVersion(Number(event.currentTarget.value))}>
            <For each={props.newest.versions.toReversed()}>
              {(one) => (
                <option value={one} selected={one === version()}>
                  {one === props.newest.version ? `${one}, the newest` : `${one}`}
                </option>
              )}
            </For>
          </select>
        </div>
      </Show>
      <Loaded query={type} loading="Loading the version…">
        {(it) => (
          <Show when={it()} keyed>
            {(shown) => <TypeForm type={shown} onDone={props.onDone} />}
          </Show>
        )}
      </Loaded>
    </div>
  );
}
