/** Several operations in one request. */
import { ApiError, answer, api } from "@/lib/api";
import type { BatchAnswer } from "./board-live";
import type { AppliedOp, Op } from "./types";

export async function sendBatch(dashboardId: string, ops: readonly Op[]): Promise<BatchAnswer> {
  try {
    const done = await answer(
      api.POST("/api/dashboards/{dashboard}/ops", {
        params: { path: { dashboard: dashboardId } },
        body: { ops: ops as never },
      }),
    );
    return { ops: done.ops as AppliedOp[] };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) return null;
    const { code, message, fields } = error;
    return { refused: { code, message, fields: { ...fields } } };
  }
}
