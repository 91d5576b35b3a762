import { RefreshCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { CodeBlock } from "@/components/code-block";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { toast } from "@/components/toast";
import type { Feed, FeedType } from "@/lib/api";
import { useFeedChanges } from "./feed-changes";

type HookCardProps = { feed: Feed; type: FeedType | undefined; refused: string | null };

/** Where to post to, with a command that works as it stands. */
export function HookCard({ feed, type, refused }: HookCardProps) {
  const [asking, setAsking] = useState(false);
  const { rotate } = useFeedChanges(feed);
  if (!feed.hook_url) {
    return (
      <Card>
        <CardTitle>It receives</CardTitle>
        <p className="text-muted">
          Others post JSON to an address of its own. Whoever has the address can post, so only
          editors and admins see it.
        </p>
      </Card>
    );
  }
  const url = new URL(feed.hook_url, location.origin).href;
  return (
    <Card>
      <CardTitle
        description="Whatever JSON is posted here becomes the feed's next value. Whoever has the address can post."
        actions={
          <Button
            disabled={refused !== null}
            title={refused ?? undefined}
            onClick={() => setAsking(true)}
          >
            <RefreshCcw aria-hidden />
            New address
          </Button>
        }
      >
        Post to it
      </CardTitle>
      <div className="flex flex-col gap-2">
        <CodeBlock code={url} label="address" />
        <CodeBlock code={curl(url, type?.payload)} label="curl command" />
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          rotate.reset();
        }}
        title="Make a new address?"
        action="Make a new address"
        onConfirm={() =>
          rotate.mutate(undefined, {
            onSuccess: () => {
              setAsking(false);
              toast.ok("The feed has a new address");
            },
          })
        }
        pending={rotate.isPending}
        error={rotate.error}
      >
        What is posted to the old address is refused from then on. Whatever posts now has to be told
        the new one.
      </ConfirmDialog>
    </Card>
  );
}

/** A command for a shell; an apostrophe in the example would end its quotes. */
function curl(url: string, payload: unknown): string {
  const body = JSON.stringify(payload ?? { value: 42 }).replaceAll("'", "\\u0027");
  return `curl -X POST '${url}' \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
}
