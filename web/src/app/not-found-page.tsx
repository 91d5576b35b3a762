import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useEffect } from "react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";

export function NotFoundPage() {
  useEffect(() => {
    document.title = "Not found · PulseBoard";
  }, []);
  return (
    <main id="content" tabIndex={-1} className="grid min-h-full flex-1 place-items-center p-4">
      <EmptyState
        page
        icon={Compass}
        title="There is no page here"
        action={
          <Button asChild variant="primary">
            <Link to="/">Go to projects</Link>
          </Button>
        }
      >
        <p>The link may be old, or the project was deleted.</p>
      </EmptyState>
    </main>
  );
}
