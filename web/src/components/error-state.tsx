import { RotateCw, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { ApiError, NetworkError } from "@/lib/api";
import { Button } from "./button";

type ErrorStateProps = {
  error: unknown;
  onRetry?: () => void;
  /** One line above data that is still shown, in place of a whole panel. */
  compact?: boolean;
};

/** What went wrong, what to do about it, and the button that does it. */
export function ErrorState({ error, onRetry, compact }: ErrorStateProps) {
  const { title, hint, requestId } = explain(error);
  const wait = useCountdown(error);
  const retry = onRetry && (
    <Button size={compact ? "sm" : "md"} onClick={onRetry} disabled={wait > 0}>
      <RotateCw aria-hidden />
      {wait > 0 ? `Try again in ${wait} s` : "Try again"}
    </Button>
  );
  if (compact) {
    return (
      <div
        role="alert"
        className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-error/40 bg-error/10 px-3 py-2"
      >
        <TriangleAlert className="size-4 shrink-0 text-error" aria-hidden />
        <p className="min-w-0 flex-1">
          {title} <span className="text-muted">What you see is the last that arrived.</span>
        </p>
        {retry}
      </div>
    );
  }
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-4 py-10 text-center">
      <span className="flex size-10 items-center justify-center rounded-lg border border-error/40 bg-error/10 text-error">
        <TriangleAlert className="size-5" aria-hidden />
      </span>
      <h2 className="text-base font-semibold">{title}</h2>
      <p className="max-w-lg text-muted">{hint}</p>
      {retry}
      {requestId && <p className="font-mono text-xs text-muted">request {requestId}</p>}
    </div>
  );
}

function explain(error: unknown): { title: string; hint: string; requestId: string | null } {
  if (error instanceof NetworkError) {
    return {
      title: "The server can't be reached.",
      hint: "Check your connection, and that PulseBoard is running. Nothing was lost.",
      requestId: null,
    };
  }
  if (error instanceof ApiError) {
    const { requestId } = error;
    if (error.status === 403)
      return {
        title: "Your role doesn't allow this.",
        hint: "Ask an admin of the organization to change your role.",
        requestId,
      };
    if (error.status === 404)
      return {
        title: "This isn't here.",
        hint: "It was deleted, or you are signed in to an account that can't see it.",
        requestId,
      };
    if (error.code === "last_admin")
      return {
        title: "Someone has to stay admin.",
        hint: "This is the only admin left. Make someone else an admin first, then try again.",
        requestId: null,
      };
    if (error.status >= 500)
      return {
        title: "The server couldn't answer.",
        hint: `${error.message} Trying again is safe.`,
        requestId,
      };
    return { title: "That didn't work.", hint: error.message, requestId };
  }
  return {
    title: "Something went wrong on this screen.",
    hint: error instanceof Error ? error.message : "Reload the page and try again.",
    requestId: null,
  };
}

/** The seconds that the server asked to wait, counting down. */
function useCountdown(error: unknown): number {
  const seconds = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    setLeft(seconds);
    if (seconds === 0) return;
    const timer = setInterval(() => setLeft((value) => Math.max(0, value - 1)), 1_000);
    return () => clearInterval(timer);
  }, [seconds]);
  return left;
}
