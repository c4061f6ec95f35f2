import { Index, Match, Show, Switch } from "solid-js";
import { createClock } from "../state/clock.ts";
import { describeStatistics } from "../state/figures.ts";
import { toProblem } from "../state/problem.ts";
import { REFRESH, useStatistics } from "../state/statistics.ts";
import { ErrorNotice, LoadingNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { UsageSection } from "../ui/usage_section.tsx";

/** The numbers of the running hub, read again every few seconds while someone looks. */
export function StatsPage() {
  const statistics = useStatistics();
  return (
    <Page title="Stats" about={`Now and since the hub’s last start, read again every ${REFRESH / 1_000} seconds.`}>
      <Show when={statistics.error}>
        {(error) => <ErrorNotice onRetry={() => void statistics.refetch()}>{toProblem(error()).message}</ErrorNotice>}
      </Show>
      <Show when={statistics.isPending && !statistics.error}>
        <LoadingNotice>Loading the numbers…</LoadingNotice>
      </Show>
      <Switch>
        <Match when={statistics.data}>
          {(data) => (
            <Index each={describeStatistics(data())}>
              {(group) => (
                <section class="figures">
                  <h2>{group().title}</h2>
                  <dl>
                    <Index each={group().figures}>
                      {(figure) => (
                        <div class="figure">
                          <dt>{figure().label}</dt>
                          <dd>{figure().value}</dd>
                          <dd class="figure-note">{figure().note}</dd>
                        </div>
                      )}
                    </Index>
                  </dl>
                </section>
              )}
            </Index>
          )}
        </Match>
      </Switch>
      <UsageSection now={createClock()} />
    </Page>
  );
}
