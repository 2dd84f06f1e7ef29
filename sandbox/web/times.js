// Moments in the reader's own zone.

const make = (options) => new Intl.DateTimeFormat("en-GB", options);
const CLOCK = make({ hour: "2-digit", minute: "2-digit" });
const SECONDS = make({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = make({ weekday: "long", day: "numeric", month: "long" });
const DATE = make({ day: "numeric", month: "short", year: "numeric" });
const LONG = make({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const NUMBERS = make({ year: "numeric", month: "2-digit", day: "2-digit" });

const at = (seconds) => new Date(Number(seconds) * 1000);
export const clock = (seconds) => CLOCK.format(at(seconds));
export const exact = (seconds) => SECONDS.format(at(seconds));

export function day(seconds) {
  const away = Math.round((midnight(at(seconds)) - midnight(new Date())) / 86_400_000);
  return { 0: "Today", 1: "Tomorrow", "-1": "Yesterday" }[away] ?? DAY.format(at(seconds));
}

export function ago(seconds) {
  const passed = Math.max(0, Date.now() / 1000 - seconds);
  if (passed < 60) return "now";
  if (passed < 3600) return `${Math.floor(passed / 60)} min`;
  return passed < 86_400 ? `${Math.floor(passed / 3600)} h` : DATE.format(at(seconds));
}

// Slack's <!date^…> tokens: "{date_short_pretty} at {time}".
const TOKENS = {
  date_num: (when) => NUMBERS.format(at(when)).split("/").reverse().join("-"),
  date: (when) => DATE.format(at(when)),
  date_short: (when) => DATE.format(at(when)),
  date_long: (when) => LONG.format(at(when)),
  date_pretty: (when) => near(when, DATE),
  date_short_pretty: (when) => near(when, DATE),
  date_long_pretty: (when) => near(when, LONG),
  time: clock,
  time_secs: exact,
  ago: (when) => `${ago(when)} ago`,
};

export function slackDate(when, format) {
  return format.replace(/\{(\w+)\}/g, (whole, name) => (TOKENS[name] ? TOKENS[name](when) : whole));
}

function near(when, format) {
  const name = day(when);
  return ["Today", "Tomorrow", "Yesterday"].includes(name) ? name.toLowerCase() : format.format(at(when));
}

function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
}
