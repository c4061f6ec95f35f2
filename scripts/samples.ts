import type { Draft } from "../web/client/mod.ts";

/** The channels of the samples, with what they are for. */
export const SAMPLE_CHANNELS: Readonly<Record<string, string>> = {
  orders: "Every order of the shop, from basket to doorstep",
  deploys: "What goes live, when, and by whom",
  alerts: "Monitoring: something needs a person",
  backups: "Nightly backups and their checks",
  support: "Customers who wait for an answer",
  builds: "Progress of the build machine, for dashboards",
};

type Make = (n: number) => Draft;

const PEOPLE = ["Ada", "Grace", "Linus", "Margaret", "Dennis", "Radia"] as const;
const SERVICES = ["api", "web", "billing", "search", "mailer"] as const;
const HOSTS = ["db-1", "db-2", "cache-1", "edge-3"] as const;

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T;

/** A week's ordinary traffic: each maker's place in the list is its share of it. */
const MAKERS: readonly Make[] = [
  (n) => ({
    channel: "orders",
    type: "order",
    severity: "success",
    title: `Order #${4_100 + n} paid`,
    message: `${pick(PEOPLE, n)} ordered ${1 + (n % 4)} items for ${(19.9 + (n % 37) * 3.5).toFixed(2)} €`,
    data: { order: 4_100 + n, items: 1 + (n % 4) },
    tags: ["shop"],
  }),
  (n) => ({
    channel: "builds",
    event: "progress",
    data: { build: 900 + n, percent: (n * 17) % 101, stage: pick(["install", "test", "bundle"], n) },
  }),
  (n) => ({
    channel: "deploys",
    type: "deploy",
    severity: "info",
    title: `${pick(SERVICES, n)} ${1 + (n % 3)}.${n % 10}.${n % 7} is live`,
    message: `${pick(PEOPLE, n + 2)} deployed ${pick(SERVICES, n)} to production in ${40 + (n % 80)} s`,
    link: `https://ci.example.com/runs/${7_000 + n}`,
  }),
  (n) => ({ channel: "orders", event: "order.shipped", severity: "info", data: { order: 4_090 + n, carrier: "DHL" } }),
  (n) => ({
    channel: "support",
    type: "ticket",
    severity: n % 5 === 0 ? "warning" : "info",
    title: `Ticket ${300 + n}`,
    message: pick(["Where is my invoice?", "I cannot sign in since this morning", "How do I change my address?"], n),
    key: `ticket-${300 + n}`,
  }),
  (n) => ({
    channel: "alerts",
    type: "disk",
    severity: "warning",
    title: `Disk of ${pick(HOSTS, n)} fills up`,
    message: `${80 + (n % 15)} % used; at this rate it is full in ${2 + (n % 6)} days`,
    key: `disk-${pick(HOSTS, n)}`,
  }),
  (n) => ({
    channel: "backups",
    type: "backup",
    severity: n % 11 === 0 ? "error" : "success",
    title: n % 11 === 0 ? "Backup failed" : "Backup done",
    message:
      n % 11 === 0
        ? `${pick(HOSTS, n)}: the target is full, nothing was written`
        : `${pick(HOSTS, n)}: ${12 + (n % 9)} GB in ${3 + (n % 5)} minutes, restored and compared`,
  }),
  (n) => ({
    channel: "alerts",
    type: "http",
    severity: n % 3 === 0 ? "critical" : "error",
    title: n % 3 === 0 ? `${pick(SERVICES, n)} is down` : `${pick(SERVICES, n)} answers slowly`,
    message:
      n % 3 === 0 ? "No healthy instance for two minutes" : `p99 is ${900 + (n % 50) * 20} ms, the limit is 800 ms`,
    link: "https://status.example.com",
    actions: [{ label: "Open the dashboard", url: "https://status.example.com/live" }],
  }),
];

/** Makes believable notifications, the same ones each time. */
export function createSamples(count: number): Draft[] {
  return Array.from({ length: count }, (_, n) => pick(MAKERS, n * 7 + Math.floor(n / 5))(n));
}
