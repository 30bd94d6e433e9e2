/** What the pause page says about time: pure. */

const MINUTE_S = 60;

/** @param {number} seconds @returns {string} */
export function leftWords(seconds) {
  const minutes = Math.ceil(seconds / MINUTE_S);
  if (minutes < 2) return "Less than two minutes left. This page goes on by itself.";
  if (minutes < 120) return `${minutes} minutes left. This page goes on by itself.`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours left.` : `${Math.round(hours / 24)} days left.`;
}

/** @param {Date} until @param {string} [timeZone] the browser's own @returns {string} Monday 4 May at 14:05 CEST */
export function localTime(until, timeZone) {
  const day = { weekday: "long", day: "numeric", month: "long" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
  return new Intl.DateTimeFormat("en-GB", { ...day, ...clock, timeZone }).format(until);
}
