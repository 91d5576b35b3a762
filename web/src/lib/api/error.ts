/** What the server said no with; `code` is from its closed table of codes. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly fields: Readonly<Record<string, string>> = {},
    readonly requestId: string | null = null,
    /** Seconds to wait, when the server asked for it. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  static async from(response: Response): Promise<ApiError> {
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    const error = isErrorBody(body) ? body.error : null;
    const seconds = Number(response.headers.get("retry-after"));
    return new ApiError(
      error?.code ?? (response.status >= 500 ? "internal" : "unexpected"),
      error?.message ?? `The server answered ${response.status}.`,
      response.status,
      error?.fields ?? {},
      error?.request_id ?? response.headers.get("x-request-id"),
      Number.isFinite(seconds) && seconds > 0 ? seconds : null,
    );
  }
}

/** No answer at all: the server is away or the network is. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super("The server can't be reached. Check your connection.", { cause });
  }
}

type ErrorBody = {
  error: { code: string; message: string; fields?: Record<string, string>; request_id?: string };
};

function isErrorBody(body: unknown): body is ErrorBody {
  const error = (body as ErrorBody | null)?.error;
  return typeof error?.code === "string" && typeof error.message === "string";
}
