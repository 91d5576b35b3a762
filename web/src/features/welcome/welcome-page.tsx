import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Gauge, type LucideIcon, Rss } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Logo } from "@/components/logo";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Project } from "@/lib/api";
import { canEdit, isAdmin } from "@/lib/projects";
import { useSearchParam } from "@/lib/search-params";
import { LiveWait } from "./live-wait";
import { NameForm } from "./name-form";
import { SendStep } from "./send-step";
import { welcomeProjectQuery } from "./welcome-project";

/** From nothing to the first event: name it, send one, see it. */
export function WelcomePage() {
  const [wanted, setWanted] = useSearchParam("project");
  const project = useQuery(welcomeProjectQuery(wanted));
  const queries = useQueryClient();
  const id = project.data?.id;

  useEffect(() => {
    document.title = "Send your first event · PulseBoard";
  }, []);
  // From here on a reload means this project.
  useEffect(() => {
    if (!project.data || wanted) return;
    queries.setQueryData(welcomeProjectQuery(project.data.id).queryKey, project.data);
    setWanted(project.data.id, "replace");
  }, [project.data, wanted, setWanted, queries]);

  return (
    <div className="mx-auto flex min-h-full w-full max-w-180 flex-col px-4 py-4 md:py-8">
      <header className="flex items-center justify-between gap-3">
        <Link
          to="/"
          className="flex items-center gap-2 font-semibold"
          aria-label="PulseBoard, all projects"
        >
          <Logo className="size-5 text-accent" />
          PulseBoard
        </Link>
        <Button asChild variant="ghost">
          {id ? (
            <Link to="/p/$project" params={{ project: id }}>
              Skip to the overview
            </Link>
          ) : (
            <Link to="/">All projects</Link>
          )}
        </Button>
      </header>
      <main className="mt-6 md:mt-10">
        <h1 className="text-2xl font-semibold">Send your first event</h1>
        <p className="mt-1 text-muted">
          One HTTP call is enough. It shows up here the moment it is stored.
        </p>
        {project.isPending && <StepsLoading />}
        {project.isError && !project.data && (
          <ErrorState error={project.error} onRetry={() => project.refetch()} />
        )}
        {project.data && <Steps key={project.data.id} project={project.data} />}
      </main>
    </div>
  );
}

function Steps({ project }: { project: Project }) {
  return (
    <>
      <ol className="mt-6 flex flex-col gap-3">
        <Step number={1} title="Your project">
          {isAdmin(project) ? (
            <NameForm project={project} />
          ) : (
            <p>
              <strong className="font-medium">{project.name}</strong>
            </p>
          )}
        </Step>
        <Step number={2} title="Send an event">
          <SendStep projectId={project.id} />
        </Step>
        <Step number={3} title="See it arrive">
          <LiveWait projectId={project.id} />
        </Step>
      </ol>
      {canEdit(project) && <OtherWays projectId={project.id} />}
    </>
  );
}

/** What moves without an app that sends. */
function OtherWays({ projectId }: { projectId: string }) {
  const params = { project: projectId };
  return (
    <section aria-labelledby="other-ways" className="mt-8">
      <h2 id="other-ways" className="text-base font-semibold">
        Nothing to send from yet?
      </h2>
      <ul className="mt-3 grid gap-3 sm:grid-cols-2">
        <Way
          icon={Rss}
          title="Let a feed bring values"
          text="Demo data, a JSON address, this machine, a webhook: tried before it is saved."
        >
          <Link to="/p/$project/feeds/new" params={params} className={WHOLE}>
            Choose a feed
          </Link>
        </Way>
        <Way
          icon={Gauge}
          title="Begin with a dashboard"
          text="A template brings its panels and the feeds they need. Host moves at once."
        >
          <Link to="/p/$project/dashboards" params={params} className={WHOLE}>
            Choose a template
          </Link>
        </Way>
      </ul>
    </section>
  );
}

/** A link that its whole card follows. */
const WHOLE = "text-accent after:absolute after:inset-0 hover:underline";

type WayProps = { icon: LucideIcon; title: string; text: string; children: ReactNode };

function Way({ icon: Icon, title, text, children }: WayProps) {
  return (
    <li className="relative rounded-lg border border-line bg-surface p-4 transition-colors hover:border-control">
      <h3 className="flex items-center gap-2 font-medium">
        <Icon className="size-4 text-muted" aria-hidden />
        {title}
      </h3>
      <p className="mt-1 mb-2 text-muted">{text}</p>
      {children}
    </li>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="min-w-0 rounded-lg border border-line bg-surface p-4 md:p-5">
      <h2 className="mb-3 flex items-center gap-2.5 text-base font-semibold">
        <span
          aria-hidden
          className="flex size-6 items-center justify-center rounded-full border border-line bg-raised text-xs text-muted"
        >
          {number}
        </span>
        {title}
      </h2>
      {children}
    </li>
  );
}

function StepsLoading() {
  return (
    <div className="mt-6 flex flex-col gap-3">
      <Loading what="your project" />
      <Skeleton className="h-32 rounded-lg" />
      <Skeleton className="h-85 rounded-lg" />
      <Skeleton className="h-32 rounded-lg" />
    </div>
  );
}
