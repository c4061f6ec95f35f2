import SearchIcon from "lucide-solid/icons/search";
import { For } from "solid-js";
import { SEVERITIES, type Severity } from "../../client/mod.ts";
import type { InboxFilter } from "../state/entries.ts";
import { SEVERITY_LABELS } from "./severity.tsx";

/** What the filter bar offers. */
export interface InboxFilterBarProps {
  readonly filter: InboxFilter;
  readonly channels: readonly string[];
  readonly onChange: (change: Partial<InboxFilter>) => void;
}

/** Narrows the inbox by words, channel and severity. */
export function InboxFilterBar(props: InboxFilterBarProps) {
  const label = (severity: Severity) => {
    if (severity === "info") return "Any severity";
    return severity === "critical" ? "Critical only" : `${SEVERITY_LABELS[severity]} and above`;
  };
  return (
    <search class="filters" aria-label="Filter notifications">
      <span class="search-box">
        <SearchIcon size={16} />
        <input
          type="search"
          aria-label="Search title and message"
          placeholder="Search"
          maxlength={200}
          value={props.filter.text}
          onInput={(event) => props.onChange({ text: event.currentTarget.value })}
        />
      </span>
      <select aria-label="Channel" onChange={(event) => props.onChange({ channel: event.currentTarget.value })}>
        <option value="" selected={props.filter.channel === ""}>
          All channels
        </option>
        <For each={props.channels}>
          {(name) => (
            <option value={name} selected={name === props.filter.channel}>
              {name}
            </option>
          )}
        </For>
      </select>
      <select
        aria-label="Severity"
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ minSeverity: SEVERITIES.find((severity) => severity === value) ?? "info" })
        }
      >
        <For each={SEVERITIES}>
          {(severity) => (
            <option value={severity} selected={severity === props.filter.minSeverity}>
              {label(severity)}
            </option>
          )}
        </For>
      </select>
    </search>
  );
}
