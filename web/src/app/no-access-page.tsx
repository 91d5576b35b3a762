import { Link } from "@tanstack/react-router";
import { DoorClosed } from "lucide-react";
import { useEffect } from "react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";

/** In place of a screen whose project was the person's a moment ago. */
export function NoAccessPage({ name }: { name: string }) {
  useEffect(() => {
    document.title = "No access · PulseBoard";
  }, []);
  return (
    <main id="content" tabIndex={-1} className="grid min-h-full flex-1 place-items-center p-4">
      <EmptyState
        page
        icon={DoorClosed}
        title={`You no longer have access to ${name}`}
        action={
          <Button asChild variant="primary">
            <Link to="/">Go to projects</Link>
          </Button>
        }
      >
        <p>
          You were removed from its organization, or the project was deleted. An admin can invite
          you again.
        </p>
      </EmptyState>
    </main>
  );
}
