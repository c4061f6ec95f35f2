import Download from "lucide-solid/icons/download";
import { For, Show } from "solid-js";
import { useChannels } from "../state/channels.ts";
import { createCatalogue } from "../state/types.ts";
import {
  createUsage,
  DAYS,
  exportUrl,
  FACTS,
  formatFact,
  sumOf,
  toDays,
  toSums,
  type UsageDay,
  valuesOf,
} from "../state/usage.ts";
import { BarChart } from "./bar_chart.tsx";
import { Loaded } from "./loaded.tsx";
import { Section } from "./section.tsx";
import { UsageTable } from "./usage_table.tsx";

/** What happened in the past months, day by day, drawn and as tables. */
export function UsageSection(props: { readonly now: () => number }) {
  const usage = createUsage(props.now);
  const channels = useChannels();
  const { types } = createCatalogue();
  return (
    <Section title={`The past ${DAYS} days`} about="Counted by day in UTC, also what is deleted by now.">
      <search class="usage-bar" aria-label="Narrow the charts">
        <Select
          label="Channel"
          all="All channels"
          value={usage.filter().channel}
          names={channels.data?.map(({ name }) => name) ?? []}
          onChange={(channel) => usage.setFilter({ channel })}
        />
        <Select
          label="Type"
          all="All types"
          value={usage.filter().type}
          names={types().map(({ name }) => name)}
          onChange={(type) => usage.setFilter({ type })}
        />
        <For each={["jsonl", "csv"] as const}>
          {(format) => (
            <a class="button" href={exportUrl(usage.filter(), format)} download="">
              <Download size={16} />
              {format === "jsonl" ? "JSON lines" : "CSV"}
              <span class="visually-hidden"> of these notifications</span>
            </a>
          )}
        </For>
      </search>
      <Loaded query={usage.days} loading="Loading the charts…">
        {(answer) => {
          const days = () => toDays(answer());
          return (
            <>
              <div class="charts">
                <For each={FACTS}>
                  {({ name, label }) => (
                    <BarChart
                      title={label}
                      note={formatFact(name, sumOf(days(), name))}
                      values={valuesOf(days(), name)}
                      format={(value) => formatFact(name, value)}
                    />
                  )}
                </For>
                <BarChart
                  title="Median time to read"
                  note={lastMedian(days())}
                  values={valuesOf(days(), "medianReadMs")}
                  format={(value) => formatFact("medianReadMs", value)}
                />
              </div>
              <UsageTable
                title="By day"
                head="Day"
                rows={days()
                  .toReversed()
                  .map((it) => ({ ...it, name: it.day }))}
                hasMedian
              />
            </>
          );
        }}
      </Loaded>
      <Show when={usage.byChannel.data}>
        {(answer) => <UsageTable title="By channel" head="Channel" rows={toSums(answer())} />}
      </Show>
      <Show when={usage.byType.data}>
        {(answer) => <UsageTable title="By type" head="Type" rows={toSums(answer())} />}
      </Show>
    </Section>
  );
}

/** The newest median that there is. */
function lastMedian(days: readonly UsageDay[]): string {
  const value = days.findLast(({ medianReadMs }) => medianReadMs !== null)?.medianReadMs;
  return value == null ? "nothing read" : formatFact("medianReadMs", value);
}

interface SelectProps {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly names: readonly string[];
  readonly onChange: (name: string) => void;
}

function Select(props: SelectProps) {
  return (
    <select aria-label={props.label} onChange={(event) => props.onChange(event.currentTarget.value)}>
      <option value="" selected={props.value === ""}>
        {props.all}
      </option>
      <For each={props.names}>
        {(name) => (
          <option value={name} selected={name === props.value}>
            {name}
          </option>
        )}
      </For>
    </select>
  );
}
