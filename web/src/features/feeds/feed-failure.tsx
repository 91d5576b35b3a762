import { TriangleAlert } from "lucide-react";
import { RelativeTime } from "@/components/relative-time";
import type { Feed } from "@/lib/api";
import { failureText } from "./feed-text";

/** Why a feed fails, where it is listed. */
export function FeedFailure({ error }: { error: NonNullable<Feed["last_error"]> }) {
  return (
    <p className="flex items-start gap-2 rounded-md bg-error/10 px-2.5 py-1.5">
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-error" aria-hidden />
      <span className="min-w-0 break-words">
        {error.message}{" "}
        <span className="text-muted">
          {failureText(error)} <RelativeTime at={error.at} />
        </span>
      </span>
    </p>
  );
}
