/** Routes that are agreed and not in the generated document yet. */
type Call<Path, Query, Ok, Status extends number, Body = never> = {
  parameters: { query?: Query; header?: never; path: Path; cookie?: never };
  responses: {
    [S in Status]: {
      headers: { [name: string]: unknown };
      content: [Ok] extends [never] ? undefined : { "application/json": Ok };
    };
  };
} & ([Body] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": Body } } });
type Rest<Used extends string> = {
  [M in Exclude<
    "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace",
    Used
  >]?: never;
} & { parameters: { query?: never; header?: never; path?: never; cookie?: never } };

type Role = "admin" | "editor" | "viewer";
type Person = { id: string; email: string; name: string };
type Member = { user: Person; role: Role; joined_at: string };
type Page<T> = { items: T[]; next_cursor?: string | null };
type Rate = { events_per_second: number; burst: number };

declare module "./schema.gen" {
  interface paths {
    "/api/orgs/{org}/members": Rest<"get"> & {
      get: Call<{ org: string }, { limit?: number; cursor?: string }, Page<Member>, 200>;
    };
    "/api/orgs/{org}/members/{user}": Rest<"patch" | "delete"> & {
      patch: Call<{ org: string; user: string }, never, Member, 200, { role: Role }>;
      delete: Call<{ org: string; user: string }, never, never, 204>;
    };
    "/api/orgs/{org}/invitations/{invitation}": Rest<"delete"> & {
      delete: Call<{ org: string; invitation: string }, never, never, 204>;
    };
    "/api/invitations/{token}": Rest<"get"> & {
      get: Call<
        { token: string },
        never,
        { org: { name: string }; email: string; role: Role; expires_at: string },
        200
      >;
    };
    "/api/orgs/{org}/audit": Rest<"get"> & {
      get: Call<
        { org: string },
        {
          actor?: string;
          action?: string;
          since?: string;
          until?: string;
          limit?: number;
          cursor?: string;
        },
        Page<{
          id: string;
          at: string;
          actor?: Person | null;
          action: string;
          target?: { kind: string; id: string; name: string } | null;
          details?: Record<string, unknown> | null;
          ip?: string | null;
          request_id?: string | null;
        }>,
        200
      >;
    };
    "/api/projects/{project}/limits": Rest<"get"> & {
      get: Call<
        { project: string },
        never,
        {
          key?: Rate | null;
          project?: Rate | null;
          daily?: { quota: number; used: number; resets_at: string } | null;
        },
        200
      >;
    };
  }
}

export {};
