import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/code-block";
import { ErrorState } from "@/components/error-state";
import { Notice } from "@/components/notice";
import { Loading, Skeleton } from "@/components/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/tabs";
import { keysQuery } from "@/lib/projects";
import { sendOne, snippets } from "./snippets";

export function SendStep({ projectId }: { projectId: string }) {
  const keys = useQuery(keysQuery(projectId));
  const send = useMutation({ mutationFn: sendOne });
  const key = keys.data?.find((one) => one.kind === "public" && !one.revoked_at && one.key)?.key;

  if (keys.isPending) {
    return (
      <>
        <Loading what="the key" />
        <Skeleton className="h-65" />
      </>
    );
  }
  if (keys.isError && !keys.data) {
    return <ErrorState error={keys.error} onRetry={() => keys.refetch()} />;
  }
  if (!key) {
    return (
      <Notice tone="warn">
        This project has no public key.{" "}
        <Link
          to="/p/$project/settings/keys"
          params={{ project: projectId }}
          className="text-accent underline underline-offset-2"
        >
          Create one in the settings
        </Link>
        , then come back.
      </Notice>
    );
  }
  const code = snippets(location.origin, key);
  return (
    <>
      <Tabs defaultValue="curl">
        <TabsList aria-label="How to send">
          <TabsTrigger value="curl">curl</TabsTrigger>
          <TabsTrigger value="fetch">JavaScript</TabsTrigger>
        </TabsList>
        <TabsContent value="curl">
          <CodeBlock code={code.curl} label="curl command" />
        </TabsContent>
        <TabsContent value="fetch">
          <CodeBlock code={code.fetch} label="JavaScript code" />
        </TabsContent>
      </Tabs>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-60 text-xs text-muted">
          The key is public: it can only write, so it may be inside an app. Errors and metrics go
          the same way, with another <code className="font-mono">type</code>.
        </p>
        <Button onClick={() => send.mutate(key)} pending={send.isPending}>
          <Send aria-hidden />
          Send one for me
        </Button>
      </div>
      {send.isError && (
        <div className="mt-3">
          <Notice tone="error">{send.error.message}</Notice>
        </div>
      )}
    </>
  );
}
