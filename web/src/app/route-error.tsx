import type { ErrorComponentProps } from "@tanstack/react-router";
import { useRouter } from "@tanstack/react-router";
import { ErrorState } from "@/components/error-state";

/** A screen that could not be opened: no server, or a chunk of an older version. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    // After an update the old chunks are gone; only a fresh page knows the new ones.
    if (/dynamically imported module|Importing a module/i.test(String(error))) {
      location.reload();
      return;
    }
    reset();
    void router.invalidate();
  };
  return (
    <main className="grid min-h-full flex-1 place-items-center p-4">
      <ErrorState error={error} onRetry={retry} />
    </main>
  );
}
