import SearchIcon from "lucide-solid/icons/search";
import { createUniqueId, For, Show } from "solid-js";
import { SEVERITIES, type Severity } from "../../client/mod.ts";
import type { InboxFilter } from "../state/inbox_filter.ts";
import { andWorse } from "./severity.tsx";

/** What the filter bar offers. */
export interface InboxFilterBarProps {
  readonly filter: InboxFilter;
  readonly channels: readonly string[];
  readonly unreadOf: (channel: string) => number;
  /** May see what is addressed to others. */
  readonly isAdmin: boolean;
  readonly onChange: (change: Partial<InboxFilter>) => void;
}

const READ_STATES = [
  { value: "", label: "Everything" },
  { value: "unread", label: "Unread only" },
  { value: "read", label: "Read only" },
] as const;

/** Narrows the inbox by words, channel, severity, read state and time. */
export function InboxFilterBar(props: InboxFilterBarProps) {
  const id = createUniqueId();
  const label = (severity: Severity) => (severity === "info" ? "Any severity" : andWorse(severity));
  const channelLabel = (name: string) => (props.unreadOf(name) > 0 ? `${name} (${props.unreadOf(name)})` : name);
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
              {channelLabel(name)}
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
      <select
        aria-label="Read state"
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ read: READ_STATES.find((state) => state.value === value)?.value ?? "" })
        }
      >
        <For each={READ_STATES}>
          {({ value, label }) => (
            <option value={value} selected={value === props.filter.read}>
              {label}
            </option>
          )}
        </For>
      </select>
      <details class="more-filters" open={props.filter.from !== "" || props.filter.until !== ""}>
        <summary>More filters</summary>
        <div class="more-filters-body">
          <Time
            id={`${id}-from`}
            label="From"
            value={props.filter.from}
            onChange={(from) => props.onChange({ from })}
          />
          <Time
            id={`${id}-until`}
            label="Until"
            value={props.filter.until}
            onChange={(until) => props.onChange({ until })}
          />
          <Show when={props.isAdmin}>
            <label class="switch">
              <input
                type="checkbox"
                checked={props.filter.all}
                onChange={(event) => props.onChange({ all: event.currentTarget.checked })}
              />
              Also what is addressed to others
            </label>
          </Show>
        </div>
      </details>
    </search>
  );
}

interface TimeProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Time(props: TimeProps) {
  return (
    <div>
      <label for={props.id}>{props.label}</label>
      <input
        id={props.id}
        type="datetime-local"
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
    </div>
  );
}
