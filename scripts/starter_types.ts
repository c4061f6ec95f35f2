import { z } from "zod";
import { defineEvents } from "../web/client/mod.ts";

const order = z.string().min(1).describe("The order's number, as the customer knows it");
const money = {
  amount: z.number().nonnegative().describe("In units of the currency"),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe("ISO 4217"),
};

/** The types that `npm run seed` registers: what a shop has to say, and how much it matters. */
export const STARTER_TYPES = defineEvents({
  order_created: {
    description: "A customer has ordered",
    severity: "info",
    channel: "orders",
    title: "Order {{data.order}} from {{data.customer}}",
    message: "{{data.items}} items for {{data.amount}} {{data.currency}}",
    data: z.object({ order, customer: z.string().min(1), items: z.int().positive(), ...money }),
  },
  payment_received: {
    description: "An order is paid",
    severity: "info",
    channel: "orders",
    title: "Order {{data.order}} is paid",
    message: "{{data.amount}} {{data.currency}} by {{data.method}}",
    data: z.object({ order, ...money, method: z.enum(["card", "transfer", "invoice", "wallet"]) }),
  },
  payment_expired: {
    description: "The time to pay an order is over",
    severity: "warning",
    channel: "orders",
    title: "Order {{data.order}} was not paid in time",
    message: "{{data.amount}} {{data.currency}} were due at {{data.dueAt}}",
    data: z.object({ order, ...money, dueAt: z.iso.datetime({ offset: true }) }),
  },
  shipment_update: {
    description: "A parcel is somewhere else now",
    severity: "info",
    channel: "orders",
    title: "Order {{data.order}}: {{data.status}}",
    message: "With {{data.carrier}}, tracking number {{data.tracking}}",
    data: z.object({
      order,
      status: z.enum(["packed", "handed over", "in transit", "delivered", "returned"]),
      carrier: z.string(),
      tracking: z.string(),
      place: z.string().optional().describe("Where it was seen last"),
    }),
  },
  stock_low: {
    description: "Less of an article is left than there should be",
    severity: "warning",
    channel: "alerts",
    title: "{{data.article}} runs out",
    message: "{{data.left}} left, {{data.minimum}} are wanted in stock",
    data: z.object({ sku: z.string(), article: z.string(), left: z.int().min(0), minimum: z.int().min(1) }),
  },
  refund_request: {
    description: "A customer wants money back",
    severity: "warning",
    channel: "support",
    title: "Refund for order {{data.order}}",
    message: "{{data.customer}} wants {{data.amount}} {{data.currency}} back: {{data.reason}}",
    data: z.object({ order, customer: z.string(), ...money, reason: z.string() }),
  },
  dispute_created: {
    description: "A customer disputes a payment with the bank: there is a date to answer by",
    severity: "critical",
    channel: "alerts",
    title: "Payment of order {{data.order}} is disputed",
    message: "{{data.amount}} {{data.currency}}: {{data.reason}}. Answer by {{data.answerBy}}",
    data: z.object({ order, ...money, reason: z.string(), answerBy: z.iso.date() }),
  },
});
