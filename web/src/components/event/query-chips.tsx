import { cx } from "class-variance-authority";
import { X } from "lucide-react";
import { formatToken, negateToken, parseQuery, removeToken } from "@/lib/event-query";

type QueryChipsProps = { query: string; onChange: (query: string) => void };

/** The filters in force: a click turns one round, the cross takes it out. */
export function QueryChips({ query, onChange }: QueryChipsProps) {
  const { tokens } = parseQuery(query);
  if (tokens.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-wrap gap-1.5" aria-label="Filters in force">
      {tokens.map((token) => {
        const text = formatToken({ ...token, negated: false });
        return (
          <li
            key={token.start}
            className={cx(
              "flex h-6 max-w-full items-center rounded-md border font-mono text-xs pointer-coarse:h-11",
              token.negated ? "border-error/40 text-error" : "border-line bg-raised",
            )}
          >
            <button
              type="button"
              className="h-full min-w-0 truncate rounded-md pr-1 pl-2"
              title={token.negated ? "Only these instead" : "Without these instead"}
              aria-label={`${token.negated ? "Without" : "Only"} ${text}. Turn round`}
              onClick={() => onChange(negateToken(query, token))}
            >
              {token.negated && <span className="font-sans">not </span>}
              {text}
            </button>
            <button
              type="button"
              className="flex h-full items-center rounded-md pr-1.5 pl-0.5 text-muted hover:text-text pointer-coarse:px-3"
              aria-label={`Remove ${text}`}
              onClick={() => onChange(removeToken(query, token))}
            >
              <X className="size-3.5" aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
