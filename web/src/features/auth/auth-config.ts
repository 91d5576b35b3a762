import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/lib/api";

/** Who may sign up here, as whoever hosts it decided. */
export const authConfigQuery = queryOptions({
  queryKey: ["auth-config"],
  queryFn: ({ signal }) => answer(api.GET("/api/auth/config", { signal })),
  staleTime: 60_000,
});
