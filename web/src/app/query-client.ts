import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/lib/api";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused stays refused; an outage may pass.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status < 500),
      retryDelay: (attempt, error) =>
        error instanceof ApiError && error.retryAfter
          ? error.retryAfter * 1_000
          : Math.min(500 * 2 ** attempt, 4_000),
      staleTime: 5_000,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
