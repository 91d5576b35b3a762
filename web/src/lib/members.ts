import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Member } from "./api";

/** Everybody in an organization, in one page: the list tells who the last admin is. */
export function membersQuery(org: string) {
  return queryOptions({
    queryKey: ["orgs", org, "members"],
    queryFn: async ({ signal }): Promise<Member[]> => {
      const { items } = await answer(
        api.GET("/api/orgs/{org}/members", { params: { path: { org } }, signal }),
      );
      return items;
    },
    staleTime: 10_000,
  });
}

/** What to call a person: the name, or the address of who gave none. */
export function personName(person: { name: string; email: string }): string {
  return person.name.trim() || person.email;
}
