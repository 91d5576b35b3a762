import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Member } from "./api";

/** More people than one page holds are fetched page by page. */
const PAGE = 1_000;

/** Everybody in an organization; the list decides who the last admin is, so it is whole. */
export function membersQuery(org: string) {
  return queryOptions({
    queryKey: ["orgs", org, "members"],
    queryFn: async ({ signal }): Promise<Member[]> => {
      const members: Member[] = [];
      let cursor: string | undefined;
      do {
        const page = await answer(
          api.GET("/api/orgs/{org}/members", {
            params: { path: { org }, query: { limit: PAGE, cursor } },
            signal,
          }),
        );
        members.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return members;
    },
    staleTime: 10_000,
  });
}

/** What to call a person: the name, or the address of who gave none. */
export function personName(person: { name: string; email: string }): string {
  return person.name.trim() || person.email;
}
