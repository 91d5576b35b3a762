import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/lib/api";

/** Made without asking, so that the first thing to do is to send something. */
const firstName = "My app";

/** The project to welcome: the one of the link, else the first, else a new one. */
export function welcomeProjectQuery(wanted: string | undefined) {
  return queryOptions({
    queryKey: ["welcome-project", wanted ?? null],
    queryFn: async ({ signal }) => {
      if (wanted) {
        return answer(
          api.GET("/api/projects/{project}", { params: { path: { project: wanted } }, signal }),
        );
      }
      const { items } = await answer(api.GET("/api/projects", { signal }));
      return items[0] ?? (await answer(api.POST("/api/projects", { body: { name: firstName } })));
    },
    // Asking twice would create twice.
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
