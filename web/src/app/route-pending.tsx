import { Loading, Skeleton } from "@/components/skeleton";

/** While a screen's chunk is under way: the header and the first cards. */
export function RoutePending() {
  return (
    <div className="flex h-full min-w-0 flex-1 flex-col">
      <Loading what="the screen" />
      <div className="flex h-12.5 shrink-0 items-center border-b border-line bg-surface px-5">
        <Skeleton className="h-5 w-32" />
      </div>
      <div className="flex flex-col gap-3 p-5">
        <Skeleton className="h-25 w-full rounded-lg" />
        <Skeleton className="h-64 w-full rounded-lg" />
      </div>
    </div>
  );
}
