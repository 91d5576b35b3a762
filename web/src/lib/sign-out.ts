import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, endSession } from "./api";
import { forgetOps } from "./board/kept-ops";
import { closeAll } from "./live";

/** Ends the session on the server, and everything of it on this page. */
export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/auth/logout")),
    // Signed out here even when the server can't be told; its cookie then ends by itself.
    onSettled: () => {
      closeAll();
      forgetOps();
      endSession();
      queries.clear();
    },
  });
}
