import { answer, api } from "./client";

/** A single-use ticket for one socket: browsers can't set headers on sockets. */
export async function realtimeTicket(): Promise<string> {
  const { ticket } = await answer(api.POST("/api/realtime/tickets"));
  return ticket;
}
