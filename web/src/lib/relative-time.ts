/** "4 s ago", "in 3 min": short, because it stands in tables. */
export function relativeTime(at: Date | string | number, now: number): string {
  const seconds = Math.round((now - new Date(at).getTime()) / 1000);
  const size = Math.abs(seconds);
  // The server's clock may be ahead of this one, and ours ticks every five seconds.
  if (seconds < 2 && seconds > -10) return "just now";
  const text = amount(size);
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function amount(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)} d`;
  if (seconds < 365 * 86_400) return `${Math.floor(seconds / (30 * 86_400))} mo`;
  return `${Math.floor(seconds / (365 * 86_400))} y`;
}
