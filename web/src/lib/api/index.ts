export { answer, api } from "./client";
export { ApiError, NetworkError } from "./error";
export { sentence, showFieldErrors } from "./form-errors";
export { endSession, resumeSession, startSession, useSignedIn } from "./session";
export { realtimeTicket } from "./ticket";
export type * from "./types";
