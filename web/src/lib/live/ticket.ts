import { ApiError, realtimeTicket } from "@/lib/api";
import { TicketRefused } from "./line";

/** A ticket for one connect. Signed out or shut out is final; an outage is tried again. */
export async function buyTicket(): Promise<string> {
  try {
    return await realtimeTicket();
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      throw new TicketRefused("not_allowed");
    }
    throw error;
  }
}
