import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { Toaster } from "@/components/toast";
import { TooltipProvider } from "@/components/tooltip";
import { parseSearch, stringifySearch } from "@/lib/search-params";

/**
 * Shows a screen at an address, with everything around it that the app gives it. A screen that
 * reads more of its address than the query needs the pattern of its `route`.
 */
export async function show(screenToShow: ReactNode, at = "/", route?: string) {
  const history = createMemoryHistory({ initialEntries: [at] });
  const root = createRootRoute();
  const anywhere = createRoute({
    getParentRoute: () => root,
    path: "$",
    component: () => screenToShow,
  });
  const here = createRoute({
    getParentRoute: () => root,
    path: route ?? "/",
    component: () => screenToShow,
  });
  const router = createRouter({
    routeTree: root.addChildren([here, anywhere]),
    history,
    parseSearch,
    stringifySearch,
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        {/* The test's router is not the app's, whose type is registered. */}
        <RouterProvider router={router as never} />
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  await router.load();
  return { user: userEvent.setup(), screen, queries, address: () => router.state.location.href };
}
