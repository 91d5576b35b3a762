/** A query, its time and its columns under a name. */
import { type ColumnId, orderColumns } from "./columns";
import { useKept } from "./kept";

export type SavedView = { name: string; q: string; from: string; to: string; columns: ColumnId[] };

export function useSavedViews(projectId: string) {
  const [views, keep] = useKept(`views.${projectId}`, readViews);
  return {
    views,
    /** Another one of the same name is replaced. */
    save: (view: SavedView) => keep([...views.filter(({ name }) => name !== view.name), view]),
    remove: (name: string) => keep(views.filter((view) => view.name !== name)),
    restore: (all: SavedView[]) => keep(all),
  };
}

export function readViews(stored: unknown): SavedView[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((item: Partial<SavedView> | null): SavedView[] => {
    const { name, q, from, to, columns } = item ?? {};
    if (typeof name !== "string" || typeof q !== "string") return [];
    return [
      {
        name,
        q,
        from: typeof from === "string" ? from : "now-1h",
        to: typeof to === "string" ? to : "now",
        columns: orderColumns(Array.isArray(columns) ? columns.map(String) : []),
      },
    ];
  });
}
