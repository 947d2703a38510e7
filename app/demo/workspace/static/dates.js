// Times as Slack shows them. A ts is "seconds.micros"; everything is drawn in the reader's own time zone.

const format = (options) => new Intl.DateTimeFormat(undefined, options);

const CLOCK = format({ hour: "numeric", minute: "2-digit" });
const CLOCK_SECONDS = format({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const FORMS = {
  date_num: format({ year: "numeric", month: "2-digit", day: "2-digit" }),
  date: format({ year: "numeric", month: "long", day: "numeric" }),
  date_short: format({ year: "numeric", month: "short", day: "numeric" }),
  date_long: format({ weekday: "long", year: "numeric", month: "long", day: "numeric" }),
  time: CLOCK,
  time_secs: CLOCK_SECONDS,
};

export const dateOf = (ts) => new Date(Number(ts) * 1000);
export const clock = (ts) => CLOCK.format(dateOf(ts));
export const fullTime = (ts) => `${FORMS.date_long.format(dateOf(ts))} ${CLOCK_SECONDS.format(dateOf(ts))}`;
export const dayKey = (ts) => dateOf(ts).toDateString();

export function dayName(ts) {
  return nearby(dateOf(ts), true) ?? format({ weekday: "long", day: "numeric", month: "long" }).format(dateOf(ts));
}

// <!date^SECONDS^TEMPLATE>: {date_short_pretty} and friends become words; an unknown token makes it unreadable.
export function fillDate(seconds, template) {
  const date = dateOf(seconds);
  if (Number.isNaN(date.getTime())) return null;
  let readable = true;
  const text = template.replace(/\{(\w+)\}/g, (token, name) => {
    const near = name.endsWith("_pretty") ? nearby(date, false) : null;
    const form = FORMS[name.replace(/_pretty$/, "")];
    if (near === null && !form) readable = false;
    return near ?? form?.format(date) ?? token;
  });
  return readable ? text : null;
}

function nearby(date, capital) {
  const day = (value) => new Date(value.getFullYear(), value.getMonth(), value.getDate()).getTime();
  const days = Math.round((day(new Date()) - day(date)) / 86_400_000);
  const word = { 0: "today", 1: "yesterday", [-1]: "tomorrow" }[days];
  if (!word) return null;
  return capital ? word[0].toUpperCase() + word.slice(1) : word;
}
