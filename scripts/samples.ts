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
const ARTICLES = ["Tea pot", "Green tea", "Cup", "Tray"] as const;
const STATUSES = ["packed", "handed over", "in transit", "delivered"] as const;
/** The samples' days: they are the same whenever they are made. */
const DAY = "2030-01-31";

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T;
const order = (n: number) => `${4_100 + n}`;
const money = (n: number) => ({ amount: Math.round((19.9 + (n % 37) * 3.5) * 100) / 100, currency: "EUR" });

/** What of the shop's week is not plain sailing; the types say the rest (see starter_types.ts). */
const TROUBLE: readonly Make[] = [
  (n) => ({ type: "payment_expired", data: { order: order(n), ...money(n), dueAt: `${DAY}T12:00:00Z` } }),
  (n) => {
    const article = pick(ARTICLES, n);
    return {
      type: "stock_low",
      key: `stock-${article}`,
      data: { sku: `S-${n % 4}`, article, left: n % 3, minimum: 5 },
    };
  },
  (n) => {
    const customer = pick(PEOPLE, n);
    return { type: "refund_request", data: { order: order(n), customer, ...money(n), reason: "It came broken" } };
  },
  (n) => ({
    type: "dispute_created",
    data: { order: order(n), ...money(n), reason: "The card's owner did not order", answerBy: DAY },
  }),
];

/** A week's ordinary traffic: each maker's place in the list is its share of it. */
const MAKERS: readonly Make[] = [
  (n) => ({
    type: "order_created",
    data: { order: order(n), customer: pick(PEOPLE, n), items: 2 + (n % 3), ...money(n) },
    tags: ["shop"],
  }),
  (n) => ({
    type: "payment_received",
    data: { order: order(n), ...money(n), method: pick(["card", "wallet", "invoice"], n) },
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
  (n) => ({
    type: "shipment_update",
    key: `shipment-${order(n)}`,
    data: { order: order(n), status: pick(STATUSES, n), carrier: "DHL", tracking: `JD${10_000 + n}` },
  }),
  (n) => pick(TROUBLE, n)(n),
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
