import { expect, test } from "vitest";
import { checkSettings, describeRetention, toSettings } from "../../../web/app/state/channel_settings.ts";

test("toSettings() holds what is kept as text, forever without numbers", () => {
  expect(toSettings({ description: "d", retention: "forever" })).toMatchObject({
    keep: "forever",
    days: "",
    count: "",
  });
  expect(toSettings({ description: "", retention: { days: 90 } })).toMatchObject({
    keep: "limited",
    days: "90",
    count: "",
  });
});

test("checkSettings() wants a limit, or forever", () => {
  const settings = { description: "", keep: "limited", days: "", count: "" };
  expect(checkSettings(settings)).toHaveProperty("days");
  expect(checkSettings({ ...settings, keep: "forever" })).toEqual({});
  expect(checkSettings({ ...settings, count: "100" })).toEqual({});
  expect(Object.keys(checkSettings({ ...settings, days: "0", count: "1.5" }))).toEqual(["days", "count"]);
});

test("describeRetention() says how much is kept", () => {
  expect(describeRetention("forever")).toBe("everything, forever");
  expect(describeRetention({ days: 90 })).toBe("90 days");
  expect(describeRetention({ count: 100 })).toBe("the newest 100");
  expect(describeRetention({ days: 7, count: 100 })).toBe("7 days, at most the newest 100");
});
