/** Only paths of this site: a link must not send a person elsewhere after signing in. */
export function localPath(next: string | undefined): string {
  if (!next?.startsWith("/") || /^\/[/\\]/.test(next)) return "/";
  return next;
}
