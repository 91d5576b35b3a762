import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Invitation } from "@/lib/api";

/** Invitations that wait for an answer; only admins may ask. */
export function invitationsQuery(org: string) {
  return queryOptions({
    queryKey: ["orgs", org, "invitations"],
    queryFn: async ({ signal }): Promise<Invitation[]> => {
      const { items } = await answer(
        api.GET("/api/orgs/{org}/invitations", { params: { path: { org } }, signal }),
      );
      return items;
    },
  });
}
