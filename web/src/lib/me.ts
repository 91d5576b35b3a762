import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "./api";

/** Who is signed in, and their organizations. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => answer(api.GET("/api/auth/me", { signal })),
  staleTime: 60_000,
});
