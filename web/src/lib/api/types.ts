/**
 * Names for the shapes of the API. They are taken from the paths, not from the
 * component names of the document, so that a rename on the server's side shows
 * up here only when the shape itself has changed.
 */
import type { paths } from "./schema.gen";

type Method = "get" | "post" | "patch" | "put" | "delete";

/** The JSON of a successful answer. */
export type Answer<P extends keyof paths, M extends Method & keyof paths[P]> = paths[P][M] extends {
  responses: infer R;
}
  ? {
      [S in keyof R & (200 | 201 | 202)]: R[S] extends { content: { "application/json": infer T } }
        ? T
        : never;
    }[keyof R & (200 | 201 | 202)]
  : never;

/** The JSON of a request. */
export type Body<P extends keyof paths, M extends Method & keyof paths[P]> = paths[P][M] extends {
  requestBody?: { content: { "application/json": infer T } };
}
  ? T
  : never;

type Item<T> = T extends { items: (infer I)[] } ? I : never;

export type AuthConfig = Answer<"/api/auth/config", "get">;
export type Me = Answer<"/api/auth/me", "get">;
export type Org = Me["orgs"][number];
export type Role = Org["role"];
export type User = Me["user"];
export type UserSession = Item<Answer<"/api/auth/sessions", "get">>;

export type Member = Item<Answer<"/api/orgs/{org}/members", "get">>;
export type Invitation = Item<Answer<"/api/orgs/{org}/invitations", "get">>;
export type OfferedInvitation = Answer<"/api/invitations/{token}", "get">;
export type NewInvitation = Answer<"/api/orgs/{org}/invitations", "post">;
export type AuditEntry = Item<Answer<"/api/orgs/{org}/audit", "get">>;
export type AuditAction = AuditEntry["action"];

export type Project = Answer<"/api/projects/{project}", "get">;
export type NewProject = Answer<"/api/projects", "post">;
export type ListedProject = Item<Answer<"/api/projects", "get">>;
export type Key = Item<Answer<"/api/projects/{project}/keys", "get">>;
export type NewKey = Body<"/api/projects/{project}/keys", "post">;
export type UsageDay = Item<Answer<"/api/projects/{project}/usage", "get">>;
export type Limits = Answer<"/api/projects/{project}/limits", "get">;
export type Rejection = Item<Answer<"/api/projects/{project}/rejections", "get">>;

export type Event = Item<Answer<"/api/projects/{project}/events", "get">>;

export type Feed = Item<Answer<"/api/feeds", "get">>;
export type FeedType = Item<Answer<"/api/feeds/types", "get">>;
export type FeedTest = Answer<"/api/feeds/test", "post">;
export type FeedTick = Item<Answer<"/api/feeds/{feed}/history", "get">>;
